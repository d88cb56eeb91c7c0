import { notifications } from "./en/notifications.ts";

/** The words of notifications in the language in use: apart from the others, so that a first visit does without. */
export const nt = notifications;
