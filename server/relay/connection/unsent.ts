/** Bytes that wait for their readers, by whose sockets hold them. */
export interface UnsentBytes {
  /** One more socket of a client. */
  open(client: string): UnsentOfSocket;
}

/** What one socket holds of what its client's sockets hold together. */
export interface UnsentOfSocket {
  /** Notes how many bytes it holds now. */
  set(bytes: number): void;
  /** How many all sockets of its client hold. */
  ofClient(): number;
}

/** Nothing is unsent yet. */
export function createUnsentBytes(): UnsentBytes {
  const byClient = new Map<string, number>();
  return {
    open(client) {
      let own = 0;
      return {
        set(bytes) {
          const all = (byClient.get(client) ?? 0) + bytes - own;
          own = bytes;
          if (all === 0) byClient.delete(client);
          else byClient.set(client, all);
        },
        ofClient: () => byClient.get(client) ?? 0,
      };
    },
  };
}
