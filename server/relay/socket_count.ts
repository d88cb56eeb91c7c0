import type { RelayLimits } from "./limits.ts";

/** Counts open sockets, all and by client. */
export interface SocketCount {
  /** Counts one more, and returns what takes it off again (once); null where it would be too many. */
  enter(client: string): (() => void) | null;
}

/** A count that holds sockets to the limits. */
export function createSocketCount(
  { maxSockets, maxSocketsPerIp }: Pick<RelayLimits, "maxSockets" | "maxSocketsPerIp">,
): SocketCount {
  const byClient = new Map<string, number>();
  let total = 0;
  return {
    enter(client) {
      const own = byClient.get(client) ?? 0;
      if (total >= maxSockets || own >= maxSocketsPerIp) return null;
      total += 1;
      byClient.set(client, own + 1);
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        total -= 1;
        const left = byClient.get(client)! - 1;
        if (left === 0) byClient.delete(client);
        else byClient.set(client, left);
      };
    },
  };
}
