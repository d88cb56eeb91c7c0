/** Who is registered here, kept in memory for callers that must not wait for storage. */
export interface Members {
  /** True where the addr (64 hex) is that of a registered identity. */
  isAddr(addr: string): boolean;
  /** True where the addr is that of an identity whose handle was given up: its mail is nobody's. */
  isReleased(addr: string): boolean;
  /** The nostr key (64 hex) registered for an addr; null where there is none. */
  nostrKeyOf(addr: string): string | null;
  /** The addrs (64 hex) that a nostr key is registered for: one, or for a moment two. */
  addrsOf(pubkey: string): string[];
  /** True where the nostr key (64 hex) is that of a registered identity. */
  isMemberKey(pubkey: string): boolean;
  /** The relay that holds the mail of an addr; null where that is this server's own, or the addr is nobody's. */
  relayElsewhere(addr: string): string | null;
  /** Calls the listener after every change of the above. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

/** The members as the registry, who alone changes them, holds them. */
export interface MemberList extends Members {
  /** Adds a member, or changes the nostr key of one; `elsewhere` is the relay of its mail where that is not this server's own. */
  put(member: { addr: string; nostr: string | null; elsewhere?: string | null }): void;
  /** Takes a member out, and remembers that it was one. */
  release(addr: string): void;
  readonly size: number;
}

/** An empty list of members. */
export function createMemberList(): MemberList {
  const nostrByAddr = new Map<string, string | null>();
  /** The addrs that hold a key: while a key goes from one identity to another, it can be two. */
  const holders = new Map<string, Set<string>>();
  /** Of those whose mail is not here. */
  const relays = new Map<string, string>();
  const released = new Set<string>();
  const listeners = new Set<() => void>();

  const hold = (nostr: string, addr: string): void => {
    const addrs = holders.get(nostr);
    if (addrs) addrs.add(addr);
    else holders.set(nostr, new Set([addr]));
  };
  const letGo = (nostr: string | null | undefined, addr: string): void => {
    const addrs = nostr && holders.get(nostr);
    if (!addrs) return;
    addrs.delete(addr);
    if (addrs.size === 0) holders.delete(nostr);
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    isAddr: (addr) => nostrByAddr.has(addr),
    isReleased: (addr) => released.has(addr),
    nostrKeyOf: (addr) => nostrByAddr.get(addr) ?? null,
    get size() {
      return nostrByAddr.size;
    },
    addrsOf: (pubkey) => [...holders.get(pubkey) ?? []],
    isMemberKey: (pubkey) => holders.has(pubkey),
    relayElsewhere: (addr) => relays.get(addr) ?? null,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    put({ addr, nostr, elsewhere = null }) {
      released.delete(addr);
      if (elsewhere === null) relays.delete(addr);
      else relays.set(addr, elsewhere);
      letGo(nostrByAddr.get(addr), addr);
      if (nostr) hold(nostr, addr);
      nostrByAddr.set(addr, nostr);
      tell();
    },
    release(addr) {
      released.add(addr);
      relays.delete(addr);
      letGo(nostrByAddr.get(addr), addr);
      if (nostrByAddr.delete(addr)) tell();
    },
  };
}
