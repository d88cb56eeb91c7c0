/** Who is behind a handle, as its own registry says, proven by the identity's signature. */
export interface ResolvedContact {
  /** `ed25519:<64 hex>` */
  primary: string;
  /** 64 hex */
  addr: string;
  handle: string;
  server: string;
  /** `handle@server` */
  fqhn: string;
  /** WebSocket URLs, at most 4. */
  relays: string[];
  /** 64 hex, or null. */
  nostr: string | null;
}

/**
 * Finds the identity behind a handle as a person types it: `bob`, `@bob`, `bob@server[:port]`.
 *
 * @throws UserError `invalid_handle`, `unknown_handle`, `unknown_server`, `unproven_handle`, `no_network`,
 * `server_error`, `rate_limited`
 */
export type ResolveHandle = (input: string) => Promise<ResolvedContact>;
