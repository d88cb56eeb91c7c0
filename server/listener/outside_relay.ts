import { errorText } from "../log.ts";
import type { ListenerStore } from "./listener_store.ts";
import { MAX_AGE_S } from "./mail_check.ts";
import type { OpenSocket, RelaySocket } from "./open_socket.ts";
import { createRelayInbox, type RelayInbox, type RelayInboxDeps } from "./relay_inbox.ts";
import { createRelayReading, type RelayReading } from "./relay_reading.ts";

/** A relay elsewhere that is listened to, over one connection at a time. */
export interface OutsideRelay {
  /** Follows the addrs that are watched; without any there is no connection. */
  watch(addrs: readonly string[]): void;
  readonly state: OutsideRelayState;
  stop(): void;
}

/** `idle`: nobody is watched, so there is no connection. */
export type OutsideRelayState = "connected" | "waiting" | "idle";

export interface OutsideRelayDeps extends RelayInboxDeps {
  url: string;
  openSocket: OpenSocket;
  store: Pick<ListenerStore, "cursor" | "saveCursor">;
  random(): number;
}

/** One connection, and what is its own. */
interface Link {
  socket: RelaySocket;
  reading: RelayReading;
  inbox: RelayInbox;
}

const OVERLAP_S = 3600;
/** Asked afresh so often, which moves the cursor and heals what was missed. */
const REFRESH_MS = 3600 * 1000;
const MAX_BACKOFF_MS = 60_000;
/** A relay that sends nonsense is left alone for so long. */
const MISBEHAVED_MS = 10 * 60_000;

/** Reads one relay, reconnects, and bounds what it can cost. */
export function createOutsideRelay(deps: OutsideRelayDeps): OutsideRelay {
  const { url, store, nowMs, afterMs, log } = deps;
  let addrs: ReadonlySet<string> = new Set();
  let link: Link | null = null;
  let isConnecting = false;
  let isStopped = false;
  let failures = 0;
  let cancelTimer: (() => void) | null = null;

  async function open(sinceS: number): Promise<Link> {
    let reading: RelayReading | null = null;
    const inbox = createRelayInbox(deps, {
      receive: (text) => reading?.receive(text) ?? null,
      faults: () => reading?.faults ?? 0,
      addrs: () => addrs,
      onMisbehaved: () => end(MISBEHAVED_MS),
    });
    const socket = await deps.openSocket(url, {
      onText: (text) => inbox.push(text),
      onClose: () => socket === link?.socket && lost(),
    });
    inbox.attach(socket);
    reading = createRelayReading({
      sinceS,
      send: (text) => socket.send(text),
      nowS: () => Math.floor(nowMs() / 1000),
      onRefused: () => end(MISBEHAVED_MS),
      onCaughtUp(newestS) {
        failures = 0;
        if (newestS !== null) {
          void inbox.settled().then((areDone) => areDone ? save(newestS) : undefined);
        }
      },
    });
    return { socket, reading, inbox };
  }

  async function connect(): Promise<void> {
    if (isConnecting || link || isStopped || addrs.size === 0) return;
    isConnecting = true;
    cancelTimer?.();
    cancelTimer = null;
    try {
      const cursorS = await store.cursor(url);
      const oldestS = Math.floor(nowMs() / 1000) - MAX_AGE_S;
      link = await open(Math.max(oldestS, (cursorS ?? 0) - OVERLAP_S));
      cancelTimer = afterMs(REFRESH_MS, () => end(0));
      if (isStopped) end(0);
      else link.reading.watch([...addrs]);
    } catch (error) {
      log.debug("listener.not_connected", { relay: url, reason: errorText(error) });
      lost();
    } finally {
      isConnecting = false;
      // Nobody was watched any more, or somebody is again.
      if (addrs.size === 0) end(0);
    }
  }

  async function save(newestS: number): Promise<void> {
    try {
      await store.saveCursor(url, newestS);
    } catch (error) {
      log.warn("listener.cursor_not_saved", { reason: errorText(error) });
    }
  }

  function lost(afterAtLeastMs = 0): void {
    link?.inbox.close();
    link = null;
    cancelTimer?.();
    cancelTimer = null;
    if (isStopped || addrs.size === 0) return;
    const backoffMs = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures++) *
      (0.75 + deps.random() / 2);
    cancelTimer = afterMs(Math.max(afterAtLeastMs, backoffMs), () => void connect());
  }

  /** Ends the connection; a new one comes after a time. */
  function end(afterAtLeastMs: number): void {
    const ended = link;
    if (!ended) return;
    lost(afterAtLeastMs);
    ended.socket.close();
  }

  return {
    watch(next) {
      addrs = new Set(next);
      if (next.length === 0) return end(0);
      if (link) link.reading.watch(next);
      else if (!cancelTimer) void connect();
    },
    get state() {
      if (addrs.size === 0) return "idle";
      return link ? "connected" : "waiting";
    },
    stop() {
      isStopped = true;
      cancelTimer?.();
      end(0);
    },
  };
}
