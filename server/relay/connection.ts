import type { Buffer } from "node:buffer";
import { WebSocket } from "ws";
import { encodeRelayFrame, type RelayFrame } from "../../protocol/nostr_wire.ts";
import { errorText, type Log } from "../log.ts";
import type { Members } from "../registry/members.ts";
import { canRead } from "./access.ts";
import {
  type ConnectionState,
  type Effect,
  type EngineRules,
  finishAuth,
  openConnection,
  receive,
  receiveBinary,
  type Step,
  strike,
} from "./engine.ts";
import type { Ingest } from "./ingest.ts";
import type { Monitors } from "./monitors.ts";
import { scanFilters } from "./scan.ts";
import type { Store } from "./store.ts";
import { type Reader, scanTask, type Subscription } from "./subscription.ts";
import type { Turns } from "./turns.ts";
import type { VerifyPool } from "./verify_pool.ts";

/** What the connections of a relay share. */
export interface ConnectionDeps {
  rules: EngineRules;
  members: Members;
  store: Store;
  ingest: Ingest;
  monitors: Monitors<Subscription>;
  turns: Turns;
  verify: VerifyPool["verify"];
  log: Log;
}

/** A WebSocket that speaks NIP-01. */
export interface Connection {
  /** Ends it politely; {@link Connection.terminate} is for peers that do not answer to that. */
  close(code: number, reason: string): void;
  terminate(): void;
  /** No more messages are looked at; answers to earlier ones still go out. */
  deafen(): void;
  /** Asks the peer for a sign of life; ends the connection where it gave none since the last call. */
  probe(): void;
}

/** Events of one connection that wait for their OK; more are left unread in the socket. */
const MAX_IN_FLIGHT = 256;
/** Messages that were read and not handled yet; the socket is not read on above it, or above a large one. */
const MAX_INBOX = 16;
const LARGE_BYTES = 16 * 1024;
/** Unsent bytes at which a scan waits for its reader. */
const BUSY_BYTES = 1024 * 1024;

/** The shell around the engine: runs its effects on a socket and brings it the outcomes. */
export function createConnection(
  socket: WebSocket,
  { challenge, deps }: { challenge: string; deps: ConnectionDeps },
): Connection {
  const { rules, ingest, monitors, store, turns, log } = deps;
  const opened = openConnection(challenge, rules.nowMs());
  let state: ConnectionState = opened.state;
  const subscriptions = new Map<string, Subscription>();
  const inbox: { data: Buffer; isBinary: boolean }[] = [];
  const drainWaiters: (() => void)[] = [];
  let inFlight = 0;
  let isVerifyingAuth = false;
  let isWaitingForRoom = false;
  let isQueued = false;
  let isDeaf = false;
  let isAlive = true;

  const send = (frame: string | Buffer): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(frame, { binary: false }, () => {
      if (socket.bufferedAmount > BUSY_BYTES / 2) return;
      for (const resolve of drainWaiters.splice(0)) resolve();
    });
    if (socket.bufferedAmount <= rules.limits.maxBufferedBytes) return;
    log.debug("relay.slow_reader_ended");
    socket.terminate();
  };
  const sendFrame = (frame: RelayFrame): void => send(encodeRelayFrame(frame));

  const reader: Reader = {
    send,
    isBusy: () => socket.bufferedAmount > BUSY_BYTES,
    drained: () =>
      socket.readyState === WebSocket.OPEN
        ? new Promise((resolve) => drainWaiters.push(resolve))
        : Promise.resolve(),
    canRead: (event) =>
      canRead(event, {
        authed: state.authed,
        nostrKeyOf: (addr) => deps.members.nostrKeyOf(addr),
      }),
  };

  const closeSubscription = (id: string): void => {
    const subscription = subscriptions.get(id);
    if (!subscription) return;
    subscription.isOpen = false;
    subscriptions.delete(id);
    monitors.remove(subscription);
  };

  const openSubscription = ({ id, filters }: Extract<Effect, { type: "open" }>): void => {
    closeSubscription(id);
    const subscription: Subscription = { id, reader, isOpen: true };
    subscriptions.set(id, subscription);
    // Live before the scan, the scan only up to now: nothing is missed and nothing comes twice.
    monitors.add(subscription, filters);
    const stream = scanFilters(filters, {
      store,
      lastSeq: store.lastSeq(),
      maxLimit: rules.limits.maxLimit,
      mailboxes: {
        keys: state.authed,
        addrs: new Set([...state.authed].flatMap((key) => deps.members.addrsOf(key))),
      },
      canRead: reader.canRead,
      nowS: rules.nowS,
    });
    const onFailure = (error: unknown) => {
      log.error("relay.scan_failed", { reason: errorText(error) });
      closeSubscription(id);
      sendFrame({ type: "CLOSED", id, message: "error: the events could not be read" });
    };
    turns.add(reader, scanTask(subscription, { stream, onFailure }));
  };

  const submit = ({ prepared }: Extract<Effect, { type: "ingest" }>): void => {
    inFlight += 1;
    ingest.submit(prepared, ({ accepted, message, isForged }) => {
      inFlight -= 1;
      sendFrame({ type: "OK", eventId: prepared.event.id, accepted, message });
      if (isForged) apply(strike(state, rules));
      if (inbox.length > 0 && inFlight < MAX_IN_FLIGHT / 2) work();
    });
  };

  const verifyAuth = async ({ event }: Extract<Effect, { type: "verify_auth" }>) => {
    isVerifyingAuth = true;
    const isValid = await deps.verify(event);
    isVerifyingAuth = false;
    if (isValid === null) return;
    apply(finishAuth(state, { event, isValid }, rules));
    work();
  };

  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case "send":
        return sendFrame(effect.frame);
      case "ingest":
        return submit(effect);
      case "verify_auth":
        return void verifyAuth(effect);
      case "open":
        return openSubscription(effect);
      case "close":
        return closeSubscription(effect.id);
      case "end":
        return endUnread(effect.code, effect.reason);
    }
  };

  const apply = (step: Step): void => {
    state = step.state;
    for (const effect of step.effects) perform(effect);
  };

  const end = (code: number, reason: string): void => {
    isDeaf = true;
    inbox.length = 0;
    socket.close(code, reason);
  };

  /** Whatever an offender sends on is left unread; after a while the socket is destroyed. */
  const endUnread = (code: number, reason: string): void => {
    end(code, reason);
    socket.pause();
  };

  const isBlocked = (): boolean => {
    if (isVerifyingAuth || inFlight >= MAX_IN_FLIGHT) return true;
    if (ingest.hasRoom()) return false;
    if (!isWaitingForRoom) {
      isWaitingForRoom = true;
      ingest.onRoom(() => {
        isWaitingForRoom = false;
        work();
      });
    }
    return true;
  };

  const handle = (data: Buffer, isBinary: boolean): void => {
    try {
      apply(isBinary ? receiveBinary(state, rules) : receive(state, data.toString(), rules));
    } catch (error) {
      log.error("relay.message_failed", { reason: errorText(error) });
      sendFrame({ type: "NOTICE", message: "error: the message could not be handled" });
    }
  };

  /** Handles one message; what cannot be handled yet waits, and more of it stays with the sender. */
  const turn = (): "done" | "more" => {
    if (inbox.length > 0 && !isBlocked()) {
      const { data, isBinary } = inbox.shift()!;
      handle(data, isBinary);
      if (inbox.length > 0) return "more";
    }
    isQueued = false;
    if (inbox.length === 0 && !isDeaf && socket.isPaused) socket.resume();
    return "done";
  };

  const work = (): void => {
    if (isQueued || inbox.length === 0) return;
    isQueued = true;
    turns.add(inbox, { run: turn });
  };

  socket.on("message", (data: Buffer, isBinary: boolean) => {
    isAlive = true;
    if (isDeaf) return;
    inbox.push({ data, isBinary });
    if (inbox.length >= MAX_INBOX || data.length >= LARGE_BYTES) socket.pause();
    work();
  });
  socket.on("pong", () => {
    isAlive = true;
  });
  socket.on("error", (error) => log.debug("relay.socket_error", { reason: errorText(error) }));
  socket.on("close", () => {
    isDeaf = true;
    inbox.length = 0;
    for (const id of [...subscriptions.keys()]) closeSubscription(id);
    for (const resolve of drainWaiters.splice(0)) resolve();
  });
  apply(opened);

  return {
    close(code, reason) {
      end(code, reason);
      // Read on, or the peer's half of the closing would never be seen.
      socket.resume();
    },
    terminate: () => socket.terminate(),
    deafen() {
      isDeaf = true;
      inbox.length = 0;
    },
    probe() {
      // Unread because this side is busy: a pong could not have been seen.
      if (socket.isPaused) return;
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    },
  };
}
