import { insecure } from "./en/insecure.ts";

/** The words of the page for insecure addresses in the language in use: apart from the others, so that a first visit does without. */
export const is = insecure;
