import { en, type Text } from "./en.ts";

/** The words of the language in use. */
export const t: Text = en;
