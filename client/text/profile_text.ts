import { ownProfile } from "./en/own_profile.ts";

/** The words of the own profile in the language in use: apart from the others, so that a first visit does without. */
export const pt = ownProfile;
