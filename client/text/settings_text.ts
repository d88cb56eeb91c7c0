import { advanced } from "./en/advanced.ts";
import { locks } from "./en/locks.ts";
import { settings } from "./en/settings.ts";
import { storage } from "./en/storage.ts";

/** The words of Settings in the language in use: apart from the others, so that a first visit does without. */
export const st = { ...settings, ...locks, ...storage, ...advanced };
