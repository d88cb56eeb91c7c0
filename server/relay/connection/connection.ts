import type { WebSocket } from "ws";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { errorText, type Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import type { Members } from "../../registry/members.ts";
import { canRead } from "../events/access.ts";
import { finishAuth, openConnection, receive, receiveBinary } from "./engine.ts";
import {
  type ConnectionState,
  type Effect,
  type EngineRules,
  type Step,
  strike,
} from "./engine_state.ts";
import { createInbox, type ReceivedMessage } from "./inbox.ts";
import type { AcceptedSocket } from "../listener.ts";
import type { Ingest } from "../ingest/ingest.ts";
import { createOutbox, type Outbox } from "./outbox.ts";
import type { Budgets } from "../budget.ts";
import type { UnsentBytes } from "./unsent.ts";
import type { RelayMeter } from "../meter.ts";
import { createNegotiations } from "../query/negotiations.ts";
import type { PreparedEvent } from "../events/prepared_event.ts";
import { scanFilters } from "../query/scan.ts";
import type { Store } from "../store/store.ts";
import type { Reader } from "../query/subscription.ts";
import { createSubscriptions, type Scan, type SubscriptionsDeps } from "../query/subscriptions.ts";
import type { VerifyPool } from "../ingest/verify_pool.ts";

/** What the connections of a relay share, and the rules that hold for one. */
export interface ConnectionDeps extends Pick<SubscriptionsDeps, "monitors" | "turns"> {
  rules: EngineRules;
  store: Pick<Store, "jsons" | "pages" | "lastSeq" | "read">;
  budgets: Budgets;
  unsent: UnsentBytes;
  members: Members;
  ingest: Ingest;
  verify: VerifyPool["verify"];
  meter: RelayMeter;
  log: Log;
}

/** A WebSocket that speaks NIP-01. */
export interface Connection {
  /** Ends it politely; {@link Connection.terminate} is for peers that do not answer to that. */
  close(code: number, reason: string): void;
  terminate(): void;
  /** True where the peer AUTHed as a nostr key. */
  isAuthedAs(pubkey: string): boolean;
  /** No more messages are looked at; answers to earlier ones still go out. */
  deafen(): void;
  /**
   * Asks the peer for a sign of life; ends the connection where it gave none since the last call, and reconciliations of
   * which nothing was heard for too long.
   */
  probe(): void;
}

/** Events of one connection that wait for their OK; more are left unread in the socket. */
const MAX_IN_FLIGHT = 256;

/**
 * The shell around the engine: runs its effects on a socket and brings it the outcomes.
 */
export function createConnection(
  socket: WebSocket,
  { client, stream, challenge, deps }: AcceptedSocket & { challenge: string; deps: ConnectionDeps },
): Connection {
  const { rules, turns, log } = deps;
  const opened = openConnection(challenge, rules.nowMs());
  let state: ConnectionState = opened.state;
  let isVerifyingAuth = false;

  const outbox = createOutbox(socket, {
    stream,
    unsent: deps.unsent.open(client),
    limits: rules.limits,
    onTooSlow: () => log.debug("relay.slow_reader_ended"),
    onOk: deps.meter.event,
  });
  const submitter = createSubmitter({
    ingest: deps.ingest,
    outbox,
    onForged: () => apply(strike(state, rules)),
    onRoom: () => inbox.resume(),
  });
  const handle = ({ data, isBinary }: ReceivedMessage): void => {
    try {
      apply(isBinary ? receiveBinary(state, rules) : receive(state, data.toString(), rules));
    } catch (error) {
      log.error("relay.message_failed", faultFields(error));
      outbox.sendFrame({ type: "NOTICE", message: "error: the message could not be handled" });
    }
  };
  const mustWait = () => isVerifyingAuth || submitter.isFull();
  const inbox = createInbox(socket, { client, turns, mustWait, handle });
  const { subscriptions, negotiations } = createReading(() => state, { client, outbox, deps });

  const verifyAuth = async (event: NostrEvent): Promise<void> => {
    isVerifyingAuth = true;
    const isValid = await deps.verify(event);
    isVerifyingAuth = false;
    if (isValid === null) return;
    apply(finishAuth(state, { event, isValid }, rules));
    inbox.resume();
  };
  /** Whatever an offender sends on is left unread; after a while the socket is destroyed. */
  const end = (code: number, reason: string): void => {
    inbox.close();
    socket.close(code, reason);
    socket.pause();
  };
  const perform = (effect: Effect): void => {
    switch (effect.type) {
      case "send":
        return outbox.sendFrame(effect.frame);
      case "ingest":
        return submitter.submit(effect.prepared);
      case "verify_auth":
        return void verifyAuth(effect.event);
      case "open":
        return subscriptions.open(effect.id, effect.filters);
      case "close":
        return subscriptions.close(effect.id);
      case "count":
        return subscriptions.count(effect.id, effect.filters);
      case "negotiate":
        return negotiations.open(effect.id, effect.filter, effect.message);
      case "reconcile":
        return negotiations.message(effect.id, effect.message);
      case "end_negotiation":
        return negotiations.close(effect.id);
      case "end":
        return end(effect.code, effect.reason);
    }
  };
  const apply = (step: Step): void => {
    state = step.state;
    for (const effect of step.effects) perform(effect);
  };

  socket.on("error", (error) => log.debug("relay.socket_error", { reason: errorText(error) }));
  socket.on("close", () => {
    subscriptions.closeAll();
    negotiations.closeAll();
  });
  const askForLife = createProbe(socket);
  apply(opened);
  return {
    close(code, reason) {
      inbox.close();
      socket.close(code, reason);
      // Read on, or the peer's half of the closing would never be seen.
      socket.resume();
    },
    terminate: () => socket.terminate(),
    isAuthedAs: (pubkey) => state.authed.has(pubkey),
    deafen: () => inbox.close(),
    probe() {
      negotiations.endIdle();
      askForLife();
    },
  };
}

/** What a connection may read, in the ways in which it may ask. */
function createReading(
  stateNow: () => ConnectionState,
  { client, outbox, deps }: { client: string; outbox: Outbox; deps: ConnectionDeps },
) {
  const { members, rules, store, monitors, turns, budgets, log } = deps;
  const { read } = store;
  const { limits, nowS, nowMs } = rules;
  const nostrKeyOf = (addr: string) => members.nostrKeyOf(addr);
  const reader: Reader = {
    ...outbox,
    client,
    canRead: (event) => canRead(event, { authed: stateNow().authed, nostrKeyOf }),
  };
  const readableAddrs = () =>
    new Set([...stateNow().authed].flatMap((key) => members.addrsOf(key)));
  const scan: Scan = (filters, { maxLimit, wantsJson }) => {
    const mailboxes = { keys: stateNow().authed, addrs: readableAddrs() };
    const own = { maxLimit, wantsJson, mailboxes, canRead: reader.canRead };
    return scanFilters(filters, { ...own, store, lastSeq: store.lastSeq(), nowS });
  };
  return {
    subscriptions: createSubscriptions({
      ...{ reader, scan, monitors, turns, read, budgets, limits, log },
    }),
    negotiations: createNegotiations({
      ...{ reader, scan, turns, read, budgets, limits, readableAddrs, nowMs, log },
    }),
  };
}

/** Hands events in, sends their OKs, and bounds how many wait for one. */
function createSubmitter({ ingest, outbox, onForged, onRoom }: {
  ingest: Ingest;
  outbox: Outbox;
  onForged(): void;
  onRoom(): void;
}) {
  let inFlight = 0;
  let isWaitingForRoom = false;
  return {
    submit(prepared: PreparedEvent): void {
      inFlight += 1;
      ingest.submit(prepared, ({ accepted, message, isForged }) => {
        inFlight -= 1;
        outbox.sendFrame({ type: "OK", eventId: prepared.event.id, accepted, message });
        if (isForged) onForged();
        if (inFlight < MAX_IN_FLIGHT / 2) onRoom();
      });
    },
    /** True where the next message has to wait; `onRoom` is called when it need not any more. */
    isFull(): boolean {
      if (inFlight >= MAX_IN_FLIGHT) return true;
      if (ingest.hasRoom()) return false;
      if (!isWaitingForRoom) {
        isWaitingForRoom = true;
        ingest.onRoom(() => {
          isWaitingForRoom = false;
          onRoom();
        });
      }
      return true;
    },
  };
}

function createProbe(socket: WebSocket): () => void {
  let isAlive = true;
  const hear = () => {
    isAlive = true;
  };
  socket.on("message", hear);
  socket.on("pong", hear);
  return () => {
    // Unread because this side is busy: a pong could not have been seen.
    if (socket.isPaused) return;
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  };
}
