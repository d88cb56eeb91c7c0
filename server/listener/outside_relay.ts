import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { errorText, type Log } from "../log.ts";
import type { ListenerStore } from "./listener_store.ts";
import { checkMail, MAX_AGE_S } from "./mail_check.ts";
import type { OpenSocket, RelaySocket } from "./open_socket.ts";
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

export interface OutsideRelayDeps {
  url: string;
  openSocket: OpenSocket;
  store: Pick<ListenerStore, "cursor" | "saveCursor">;
  /** True where somebody's signature is on it; null where nobody can say any more. */
  verify(event: NostrEvent): Promise<boolean | null>;
  /** Deals with mail. Ends with true when its push is done. */
  onMail(addr: string, event: NostrEvent): Promise<boolean>;
  nowMs(): number;
  random(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

const OVERLAP_S = 3600;
/** Asked afresh so often, which moves the cursor and heals what was missed. */
const REFRESH_MS = 3600 * 1000;
const MAX_BACKOFF_MS = 60_000;
/** A relay that sends nonsense is left alone for so long. */
const MISBEHAVED_MS = 10 * 60_000;
const MAX_FAULTS = 50;
/** Messages that are looked at in a second; the others wait in the socket. */
const MAX_A_SECOND = 300;

/** Reads one relay, reconnects, and bounds what it can cost. */
export function createOutsideRelay(deps: OutsideRelayDeps): OutsideRelay {
  const { url, store, nowMs, afterMs, log } = deps;
  let addrs: ReadonlySet<string> = new Set();
  let socket: RelaySocket | null = null;
  let reading: RelayReading | null = null;
  let isConnecting = false;
  let isStopped = false;
  let failures = 0;
  let cancelTimer: (() => void) | null = null;

  async function connect(): Promise<void> {
    if (isConnecting || socket || isStopped || addrs.size === 0) return;
    isConnecting = true;
    cancelTimer?.();
    cancelTimer = null;
    try {
      const cursorS = await store.cursor(url);
      const oldestS = Math.floor(nowMs() / 1000) - MAX_AGE_S;
      const sinceS = Math.max(oldestS, (cursorS ?? 0) - OVERLAP_S);
      const inbox = createInbox(deps, {
        receive: (text) => reading?.receive(text) ?? null,
        faults: () => reading?.faults ?? 0,
        addrs: () => addrs,
        end: () => end(MISBEHAVED_MS),
      });
      const opened = await deps.openSocket(url, {
        onText: (text) => inbox.push(text),
        onClose: () => opened === socket && lost(),
      });
      inbox.attach(opened);
      socket = opened;
      reading = createRelayReading({
        sinceS,
        send: (text) => opened.send(text),
        nowS: () => Math.floor(nowMs() / 1000),
        onRefused: () => end(MISBEHAVED_MS),
        onCaughtUp(newestS) {
          failures = 0;
          if (newestS !== null) {
            void inbox.settled().then((areDone) => areDone ? save(newestS) : undefined);
          }
        },
      });
      cancelTimer = afterMs(REFRESH_MS, () => end(0));
      if (isStopped) end(0);
      else reading.watch([...addrs]);
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
    socket = null;
    reading = null;
    cancelTimer?.();
    cancelTimer = null;
    if (isStopped || addrs.size === 0) return;
    const backoffMs = Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures++) *
      (0.75 + deps.random() / 2);
    cancelTimer = afterMs(Math.max(afterAtLeastMs, backoffMs), () => void connect());
  }

  /** Ends the connection; a new one comes after a time. */
  function end(afterAtLeastMs: number): void {
    const open = socket;
    if (!open) return;
    lost(afterAtLeastMs);
    open.close();
  }

  return {
    watch(next) {
      addrs = new Set(next);
      if (next.length === 0) return end(0);
      if (reading) reading.watch(next);
      else if (!cancelTimer) void connect();
    },
    get state() {
      if (addrs.size === 0) return "idle";
      return socket ? "connected" : "waiting";
    },
    stop() {
      isStopped = true;
      cancelTimer?.();
      end(0);
    },
  };
}

/** What a relay has sent and nobody has looked at yet: one at a time, and no more than so many in a second. */
function createInbox(
  { verify, onMail, nowMs, afterMs, log }: OutsideRelayDeps,
  { receive, faults, addrs, end }: {
    receive(text: string): NostrEvent | null;
    faults(): number;
    addrs(): ReadonlySet<string>;
    end(): void;
  },
) {
  const waiting: string[] = [];
  const pushes = new Set<Promise<boolean>>();
  let work: Promise<void> | null = null;
  let socket: RelaySocket | null = null;
  let wrong = 0;
  let allDone = true;

  async function look(text: string): Promise<void> {
    const event = receive(text);
    if (!event) return;
    const verdict = checkMail(event, nowMs() / 1000);
    // Anybody may leave such things on an honest relay.
    if (verdict.type === "unfit") return;
    // Somebody who has just unsubscribed is nobody's fault.
    if (verdict.type === "mail" && !addrs().has(verdict.addr)) return;
    const isValid = verdict.type === "mail" && await verify(event);
    if (isValid === null) return;
    if (!isValid || verdict.type !== "mail") return void wrong++;
    const push = onMail(verdict.addr, event).then((isDone) => {
      allDone &&= isDone;
      pushes.delete(push);
      return isDone;
    });
    pushes.add(push);
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const startMs = nowMs();
      for (let i = 0; i < MAX_A_SECOND && waiting.length > 0; i++) {
        await look(waiting.shift()!).catch((error) =>
          log.error("listener.event_failed", { reason: errorText(error) })
        );
        if (wrong + faults() > MAX_FAULTS) {
          waiting.length = 0;
          log.debug("listener.misbehaved");
          return end();
        }
      }
      if (waiting.length < MAX_A_SECOND) socket?.resume();
      const leftMs = 1000 - (nowMs() - startMs);
      if (waiting.length > 0 && leftMs > 0) {
        await new Promise<void>((resolve) => afterMs(leftMs, resolve));
      }
    }
  }

  return {
    attach(opened: RelaySocket) {
      socket = opened;
    },
    push(text: string): void {
      waiting.push(text);
      if (waiting.length >= MAX_A_SECOND) socket?.pause();
      work ??= run().finally(() => {
        work = null;
      });
    },
    /** Ends when all that came so far is looked at and pushed; false where not all was. */
    async settled(): Promise<boolean> {
      await work;
      await Promise.all(pushes);
      return allDone;
    },
  };
}
