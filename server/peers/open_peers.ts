import { nostrPubkeyOf } from "../../protocol/identity.ts";
import { afterMs } from "../after_ms.ts";
import type { Log } from "../log.ts";
import { loadPeerSecret } from "./peer_key.ts";
import { createPeerRelays, type PeerRelays } from "./peer_relays.ts";

/** The other relays of this server, and the key that all of them know one another by. */
export interface OpenPeers extends PeerRelays {
  /** 64 hex. */
  key: string;
}

/** Makes ready to hand events on; connections are opened when they are needed. */
export async function openPeers(
  { kv, nowMs, log }: { kv: Deno.Kv; nowMs(): number; log: Log },
): Promise<OpenPeers> {
  const random = () => crypto.getRandomValues(new Uint8Array(32));
  const nostrSecret = await loadPeerSecret(kv, random);
  const openSocket = (url: string) => new WebSocket(url);
  const peers = createPeerRelays({ nostrSecret, openSocket, random, nowMs, afterMs, log });
  return { ...peers, key: nostrPubkeyOf(nostrSecret) };
}
