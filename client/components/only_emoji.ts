/** One grapheme that is drawn as an emoji: a flag, a keycap, or a picture with what is joined to it. */
const EMOJI =
  /^(?:\p{Regional_Indicator}{2}|[0-9#*]\ufe0f?\u20e3|(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f).*)$/su;
const MAX_COUNT = 3;
const MAX_CHARACTERS = 64;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** True for one to three emoji and nothing else: they are shown large, without a bubble. */
export function isOnlyEmoji(text: string): boolean {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > MAX_CHARACTERS) return false;
  const parts = [...graphemes.segment(trimmed)].map(({ segment }) => segment).filter((part) =>
    part.trim() !== ""
  );
  return parts.length <= MAX_COUNT && parts.every((part) => EMOJI.test(part));
}

/** True for exactly one emoji, with nothing around it. */
export function isOneEmoji(text: string): boolean {
  return isOnlyEmoji(text) && text === text.trim() && [...graphemes.segment(text)].length === 1;
}
