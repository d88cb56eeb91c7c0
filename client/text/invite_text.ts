import { invites } from "./en/invites.ts";

/** The words of invitations in the language in use: apart from the others, so that a first visit does without. */
export const it = invites;
