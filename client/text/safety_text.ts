import { safety } from "./en/safety.ts";

/** The words of safety numbers and codes in the language in use: apart from the others, so that a first visit does without. */
export const sf = safety;
