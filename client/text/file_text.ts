import { files } from "./en/files.ts";

/** The words around files in the language in use: apart from the others, so that a first visit does without. */
export const ft = files;
