/** Who is registered here, kept in memory for callers that must not wait for storage. */
export interface Members {
  /** True where the addr (64 hex) is that of a registered identity. */
  isAddr(addr: string): boolean;
  /** The nostr key (64 hex) registered for an addr; null where there is none. */
  nostrKeyOf(addr: string): string | null;
  /** True where the nostr key (64 hex) is that of a registered identity. */
  isMemberKey(pubkey: string): boolean;
  /** Calls the listener after every change of the above. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

/** The members as the registry, who alone changes them, holds them. */
export interface MemberList extends Members {
  /** Adds a member, or changes the nostr key of one. */
  put(member: { addr: string; nostr: string | null }): void;
  remove(addr: string): void;
}

/** An empty list of members. */
export function createMemberList(): MemberList {
  const nostrByAddr = new Map<string, string | null>();
  /** How many addrs hold a key: while a key goes from one identity to another, it can be two. */
  const holders = new Map<string, number>();
  const listeners = new Set<() => void>();

  const hold = (nostr: string | null | undefined, change: 1 | -1): void => {
    if (!nostr) return;
    const count = (holders.get(nostr) ?? 0) + change;
    if (count > 0) holders.set(nostr, count);
    else holders.delete(nostr);
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    isAddr: (addr) => nostrByAddr.has(addr),
    nostrKeyOf: (addr) => nostrByAddr.get(addr) ?? null,
    isMemberKey: (pubkey) => holders.has(pubkey),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put({ addr, nostr }) {
      hold(nostr, 1);
      hold(nostrByAddr.get(addr), -1);
      nostrByAddr.set(addr, nostr);
      tell();
    },
    remove(addr) {
      hold(nostrByAddr.get(addr), -1);
      if (nostrByAddr.delete(addr)) tell();
    },
  };
}
