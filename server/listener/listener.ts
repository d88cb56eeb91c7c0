import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { errorText, type Log } from "../log.ts";
import type { BucketRule, RateLimiter } from "../rate_limit.ts";
import type { ListenerStore } from "./listener_store.ts";
import { MAX_AGE_S } from "./mail_check.ts";
import type { OpenSocket } from "./open_socket.ts";
import { createOutsideRelay } from "./outside_relay.ts";

/** Turns mail, wherever it arrives, into pushes. (Specification page 4) */
export interface Listener {
  /** A message came to the home relay; `seq` is the number that its newest event has. */
  onHomeMessage(addr: string, message: { id: string; seq: number }): void;
  /** Pushes what came before a restart and was not pushed, then follows the relays elsewhere. */
  start(): Promise<void>;
  /** How many relays elsewhere are listened to, and how many should be and are not. */
  connections(): { connected: number; waiting: number };
  stop(): Promise<void>;
}

export interface ListenerDeps {
  push: {
    notify(addr: string, seq?: number): Promise<boolean>;
    cover(addr: string, seq: number): void;
    coveredSeq(addr: string): number;
  };
  /** Who has push subscriptions, and since when. */
  watched: {
    addrs(): string[];
    /** Milliseconds; null where there is no subscription. */
    sinceMs(addr: string): number | null;
    onChange(listener: () => void): () => void;
  };
  /** The number of the home relay's newest message to an addr that is not older than a time; 0 where there is none. */
  newestMessage(addr: string, sinceS: number): number;
  /** Relays elsewhere. */
  relays: readonly string[];
  openSocket: OpenSocket;
  store: ListenerStore;
  limiter: RateLimiter;
  verify(event: NostrEvent): Promise<boolean | null>;
  nowMs(): number;
  random(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

/**
 * New mail of one relay elsewhere for one addr, as much as strangers may send over the home relay. What is more is covered by the
 * push for the next that is taken; each that is taken is remembered for two days.
 */
const OUTSIDE_MAIL_RULE: BucketRule = {
  name: "outside_mail",
  capacity: 600,
  refillPerS: 600 / 3600,
};
/** Changes of one moment are asked for together. */
const GATHER_MS = 250;
/** Mail that is known without asking the storage. */
const MAX_RECENT = 20_000;
/** Clocks of senders differ. */
const SKEW_S = 10 * 60;

interface Mail {
  id: string;
  /** The home relay's number for it; 0 for mail from elsewhere. */
  seq: number;
  /** Asked of new mail from elsewhere. */
  isWithinRate?(): boolean;
}

export function createListener(deps: ListenerDeps): Listener {
  const { push, watched, store, nowMs, afterMs, log } = deps;
  /** Mail by id, with whether its push is done. */
  const recent = new Map<string, Promise<boolean>>();
  const hasOutside = deps.relays.length > 0;
  const relays = deps.relays.map((url) =>
    createOutsideRelay({
      ...deps,
      url,
      onMail: (addr, event) => takeOutside(addr, { url, event }),
    })
  );
  let stopGathering: (() => void) | null = null;
  let isStopped = false;

  function takeOutside(
    addr: string,
    { url, event }: { url: string; event: NostrEvent },
  ): Promise<boolean> {
    if (event.created_at < oldestS(addr)) return Promise.resolve(true);
    const isWithinRate = () => deps.limiter.take(OUTSIDE_MAIL_RULE, `${url} ${addr}`).allowed;
    return take(addr, { id: event.id, seq: 0, isWithinRate });
  }

  function take(addr: string, mail: Mail): Promise<boolean> {
    const { id, seq } = mail;
    // What only the home relay can bring comes once.
    if (!hasOutside) return push.notify(addr, seq);
    const known = recent.get(id);
    if (known) {
      if (seq > 0) void known.then((isDone) => isDone && push.cover(addr, seq));
      return known;
    }
    const work = deliver(addr, mail);
    recent.set(id, work);
    if (recent.size > MAX_RECENT) recent.delete(recent.keys().next().value!);
    return work;
  }

  async function deliver(addr: string, { id, seq, isWithinRate }: Mail): Promise<boolean> {
    try {
      if (await store.isSeen(id)) {
        push.cover(addr, seq);
        return true;
      }
      if (isWithinRate && !isWithinRate()) {
        // Where another relay brings it as well, it is news there.
        recent.delete(id);
        return true;
      }
      // What is not remembered is read again.
      if (!(await push.notify(addr, seq)) || isStopped) return false;
      await store.remember(id);
      return true;
    } catch (error) {
      log.error("listener.push_failed", { reason: errorText(error) });
      return false;
    }
  }

  /** The oldest mail to an addr that is worth a push. */
  function oldestS(addr: string): number {
    const sinceS = (watched.sinceMs(addr) ?? nowMs()) / 1000 - SKEW_S;
    return Math.floor(Math.max(sinceS, nowMs() / 1000 - MAX_AGE_S));
  }

  async function catchUp(): Promise<void> {
    for (const addr of watched.addrs()) {
      if (isStopped) return;
      const seq = deps.newestMessage(addr, oldestS(addr));
      if (seq > push.coveredSeq(addr)) void push.notify(addr, seq);
      // Everybody else's turn.
      await new Promise<void>((resolve) => afterMs(0, resolve));
    }
  }

  function follow(): void {
    stopGathering = null;
    if (isStopped) return;
    const addrs = watched.addrs();
    for (const relay of relays) relay.watch(addrs);
  }

  const stopFollowing = watched.onChange(() => {
    if (hasOutside && !isStopped) stopGathering ??= afterMs(GATHER_MS, follow);
  });

  return {
    onHomeMessage: (addr, message) => {
      // Nothing is remembered of who is told of nothing.
      if (!isStopped && watched.sinceMs(addr) !== null) void take(addr, message);
    },
    async start() {
      follow();
      await catchUp();
    },
    connections() {
      const inState = (wanted: string) => relays.filter(({ state }) => state === wanted).length;
      return { connected: inState("connected"), waiting: inState("waiting") };
    },
    async stop() {
      isStopped = true;
      stopFollowing();
      stopGathering?.();
      for (const relay of relays) relay.stop();
      await store.settled();
    },
  };
}
