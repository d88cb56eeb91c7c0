/** An amount that all clients share, and of which each has so much at most. */
export interface Budget {
  /** True where a client may have so much more. */
  hasRoom(client: string, amount: number): boolean;
  /** Takes an amount; false, and nothing taken, where there is no room. */
  take(client: string, amount: number): boolean;
  /** Gives back what was taken. */
  give(client: string, amount: number): void;
}

/** A budget of which nothing is taken yet. */
export function createBudget(
  { max, maxPerClient }: { max: number; maxPerClient: number },
): Budget {
  const byClient = new Map<string, number>();
  let total = 0;
  const hasRoom = (client: string, amount: number): boolean =>
    total + amount <= max && (byClient.get(client) ?? 0) + amount <= maxPerClient;
  const add = (client: string, amount: number): void => {
    total += amount;
    const own = (byClient.get(client) ?? 0) + amount;
    if (own > 0) byClient.set(client, own);
    else byClient.delete(client);
  };
  return {
    hasRoom,
    take(client, amount) {
      if (!hasRoom(client, amount)) return false;
      add(client, amount);
      return true;
    },
    give: (client, amount) => add(client, -amount),
  };
}

/** What connections have in memory for as long as they are there: each a budget of the relay. */
export interface Budgets {
  /** Values in the filters of live subscriptions. */
  listening: Budget;
  /** Values in the filters of scans that run or wait. */
  scanning: Budget;
  /** Events in open reconciliations. */
  negotiating: Budget;
}
