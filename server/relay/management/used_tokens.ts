/** Tokens that count once. */
export interface UsedTokens {
  /**
   * Marks a token as used until a time (Unix seconds).
   *
   * @returns false where it was used already, or where so many are remembered that this one could not be
   */
  use(token: string, { untilS, nowS }: { untilS: number; nowS: number }): boolean;
}

/** Remembers at most `maxTokens` tokens. */
export function createUsedTokens(maxTokens: number): UsedTokens {
  const untilOf = new Map<string, number>();
  const forgetPast = (nowS: number): void => {
    for (const [token, untilS] of untilOf) {
      if (untilS < nowS) untilOf.delete(token);
    }
  };
  return {
    use(token, { untilS, nowS }) {
      if (untilOf.has(token)) return false;
      if (untilOf.size >= maxTokens) forgetPast(nowS);
      if (untilOf.size >= maxTokens) return false;
      untilOf.set(token, untilS);
      return true;
    },
  };
}
