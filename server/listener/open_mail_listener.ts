import { verifyEvent } from "../../protocol/nostr_event.ts";
import { afterMs } from "../after_ms.ts";
import type { Log } from "../log.ts";
import type { RateLimiter } from "../rate_limit.ts";
import { createPinnedConnect } from "../pinned_connection.ts";
import type { Push } from "../push/push.ts";
import type { Relay } from "../relay/relay.ts";
import { createResolver } from "../resolver.ts";
import { createListener, type Listener } from "./listener.ts";
import { createListenerStore } from "./listener_store.ts";
import { createOpenSocket } from "./open_socket.ts";

/** Opens the listener of a running server. It does nothing before its `start`. */
export function openMailListener(
  { push, relay, relays, isElsewhere, kv, limiter, nowMs, log }: {
    push: Pick<Push, "notify" | "cover" | "coveredSeq" | "subscriptions">;
    /** Null where none runs here. */
    relay: Pick<Relay, "newestMessage" | "verify"> | null;
    /** Relays elsewhere. */
    relays: readonly string[];
    /** Whether another server, which shares the registry, holds the mail of an addr: then that one pushes. */
    isElsewhere(addr: string): boolean;
    kv: Deno.Kv;
    limiter: RateLimiter;
    nowMs(): number;
    log: Log;
  },
): Listener {
  const { subscriptions } = push;
  return createListener({
    push,
    watched: {
      addrs: () => subscriptions.addrs().filter((addr) => !isElsewhere(addr)),
      sinceMs: (addr) => subscriptions.ofAddr(addr)[0]?.createdAtMs ?? null,
      onChange: subscriptions.onAddrsChange,
    },
    newestMessage: (addr, sinceS) => relay?.newestMessage(addr, sinceS) ?? 0,
    relays,
    openSocket: createOpenSocket(createPinnedConnect({ resolver: createResolver(null) })),
    store: createListenerStore(kv),
    limiter,
    verify: (event) => relay?.verify(event) ?? Promise.resolve(verifyEvent(event)),
    nowMs,
    random: Math.random,
    afterMs,
    log,
  });
}
