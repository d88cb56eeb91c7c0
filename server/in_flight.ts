/** How many requests may be in flight. */
export interface InFlightLimits {
  maxTotal: number;
  maxPerClient: number;
}

export interface InFlight {
  /**
   * Counts a request, of nobody in particular where `client` is null.
   *
   * @returns what counts it down again, to be called once; null where there are too many already
   */
  enter(client: string | null): (() => void) | null;
}

/** Counts requests in flight, in all and by client. It remembers nobody who has none. */
export function createInFlight({ maxTotal, maxPerClient }: InFlightLimits): InFlight {
  const counts = new Map<string, number>();
  let total = 0;
  const leave = (client: string | null): void => {
    total--;
    if (client === null) return;
    const left = counts.get(client)! - 1;
    if (left === 0) counts.delete(client);
    else counts.set(client, left);
  };
  return {
    enter(client) {
      const own = client === null ? 0 : counts.get(client) ?? 0;
      if (total >= maxTotal || own >= maxPerClient) return null;
      total++;
      if (client !== null) counts.set(client, own + 1);
      return () => leave(client);
    },
  };
}
