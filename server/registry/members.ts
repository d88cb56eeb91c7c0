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
