/** What is not seen, but for what joins and parts the letters of some scripts, and of emoji. */
export const UNSEEN =
  /(?![\u200c\u200d\ufe0f])[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
/** Spaces of all widths, and the pattern without a dot. */
export const BLANKS = /[\s\p{Zs}\u2800]+/gu;
