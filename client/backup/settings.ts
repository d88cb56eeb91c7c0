/** The values of the account that a backup holds; what is of one device alone, or opens something, is not among them. */
export const SETTING_NAMES: readonly string[] = ["preferences"];
