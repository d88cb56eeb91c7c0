const MIN_BYTES = 1024;

/** The length to which so many bytes are padded: NIP-44's steps, never less than 1,024. (Specification page 2, "Padding") */
export function paddedTotal(bytes: number): number {
  const least = Math.max(MIN_BYTES, bytes);
  const chunk = 2 ** (Math.floor(Math.log2(least - 1)) + 1) / 8;
  return chunk * (Math.floor((least - 1) / chunk) + 1);
}
