import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { Filter } from "../../protocol/nostr_filter.ts";
import {
  type ClientFrame,
  FrameError,
  parseClientFrame,
  type RelayFrame,
} from "../../protocol/nostr_wire.ts";
import { asksOnlyPrivateKinds } from "./access.ts";
import { authFault } from "./auth.ts";
import type { RelayLimits } from "./limits.ts";
import { judgeEvent, type PolicyRules } from "./policy.ts";
import { hasOwnId, type PreparedEvent, prepareEvent } from "./prepared_event.ts";
import { addStrike, type Strikes } from "./strikes.ts";

/** What the relay remembers of a connection. */
export interface ConnectionState {
  readonly challenge: string;
  /** Every nostr key that AUTHed here. */
  readonly authed: ReadonlySet<string>;
  /** Open subscriptions with the number of values in their filters. */
  readonly subscriptions: ReadonlyMap<string, number>;
  readonly strikes: Strikes;
}

/** What the shell has to do, in this order. */
export type Effect =
  | { type: "send"; frame: RelayFrame }
  | { type: "ingest"; prepared: PreparedEvent }
  /** Check the signature, then hand the answer to {@link finishAuth}, before the next message is looked at. */
  | { type: "verify_auth"; event: NostrEvent }
  /** Replaces a subscription of the same id. */
  | { type: "open"; id: string; filters: Filter[] }
  | { type: "close"; id: string }
  | { type: "count"; id: string; filters: Filter[] }
  /** Replaces a reconciliation of the same id. */
  | { type: "negotiate"; id: string; filter: Filter; message: Uint8Array }
  | { type: "reconcile"; id: string; message: Uint8Array }
  | { type: "end_negotiation"; id: string }
  | { type: "end"; code: number; reason: string };

export interface Step {
  state: ConnectionState;
  effects: Effect[];
}

export interface EngineRules extends PolicyRules {
  limits: RelayLimits;
  nowMs(): number;
  /** Takes a token of the client's EVENT or REQ bucket; false where it is empty. */
  takeEvent(): boolean;
  takeReq(): boolean;
}

const TOO_MANY = "rate-limited: too many requests, slow down";
const AUTH_REQUIRED = "auth-required: these events are for their readers only";

/** WebSocket close code "policy violation". (RFC 6455 §7.4.1) */
const POLICY_VIOLATION = 1008;

/** The state of a new connection and its first frame. (NIP-42) */
export function openConnection(challenge: string, nowMs: number): Step {
  const strikes = { count: 0, atMs: nowMs };
  return {
    state: { challenge, authed: new Set(), subscriptions: new Map(), strikes },
    effects: [{ type: "send", frame: { type: "AUTH", challenge } }],
  };
}

/**
 * Answers one text message. Never throws for what a client sent. (NIP-01, NIP-42, NIP-45, NIP-77, specification page 4)
 */
export function receive(state: ConnectionState, text: string, rules: EngineRules): Step {
  let frame: ClientFrame;
  try {
    frame = parseClientFrame(text);
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    return refuseFrame(state, error, rules);
  }
  switch (frame.type) {
    case "EVENT":
      return receiveEvent(state, frame.event, rules);
    case "AUTH":
      return receiveAuth(state, frame.event, rules);
    case "REQ":
      return receiveReq(state, frame, rules);
    case "COUNT":
      return receiveCount(state, frame, rules);
    case "CLOSE":
      return receiveClose(state, frame.id, rules);
    case "NEG-OPEN":
      return receiveNegOpen(state, frame, rules);
    case "NEG-MSG":
      return receiveNegMsg(state, frame, rules);
    case "NEG-CLOSE":
      return { state, effects: [{ type: "end_negotiation", id: frame.id }] };
  }
}

/** Answers a binary message. NIP-01 knows text alone. */
export function receiveBinary(state: ConnectionState, rules: EngineRules): Step {
  const message = "invalid: messages are text, this one was binary";
  return refuse(state, { type: "NOTICE", message }, rules);
}

/** Ends an AUTH whose signature was checked. */
export function finishAuth(
  state: ConnectionState,
  { event, isValid }: { event: NostrEvent; isValid: boolean },
  rules: EngineRules,
): Step {
  if (!isValid) return refuse(state, ok(event, "invalid: the signature is not right"), rules);
  const authed = new Set(state.authed).add(event.pubkey);
  if (authed.size > rules.limits.maxAuthedKeys) {
    const message = `error: at most ${rules.limits.maxAuthedKeys} keys a connection`;
    return refuse(state, ok(event, message), rules);
  }
  const frame: RelayFrame = { type: "OK", eventId: event.id, accepted: true, message: "" };
  return { state: { ...state, authed }, effects: [{ type: "send", frame }] };
}

/** Counts a refused message whose answer was sent elsewhere. */
export function strike(state: ConnectionState, rules: EngineRules): Step {
  const strikes = addStrike(state.strikes, {
    nowMs: rules.nowMs(),
    strikesForgivenPerS: rules.limits.strikesForgivenPerS,
  });
  const effects: Effect[] = strikes.count > rules.limits.maxStrikes
    ? [{ type: "end", code: POLICY_VIOLATION, reason: "too many refused messages" }]
    : [];
  return { state: { ...state, strikes }, effects };
}

function receiveEvent(state: ConnectionState, received: NostrEvent, rules: EngineRules): Step {
  if (!rules.takeEvent()) {
    return refuse(state, ok(received, "rate-limited: too many events, slow down"), rules);
  }
  const prepared = prepareEvent(received);
  const verdict = judgeEvent({ ...prepared, authed: state.authed }, rules);
  if (!verdict.accepted && !verdict.message.startsWith("invalid:")) {
    return { state, effects: [{ type: "send", frame: ok(received, verdict.message) }] };
  }
  if (!verdict.accepted) return refuse(state, ok(received, verdict.message), rules);
  if (!hasOwnId(prepared.event)) {
    return refuse(state, ok(received, "invalid: the id is not the hash of the event"), rules);
  }
  const { charge, removal } = verdict;
  return { state, effects: [{ type: "ingest", prepared: { ...prepared, charge, removal } }] };
}

function receiveAuth(state: ConnectionState, event: NostrEvent, rules: EngineRules): Step {
  if (!rules.takeEvent()) {
    return refuse(state, ok(event, "rate-limited: too many messages, slow down"), rules);
  }
  const fault = authFault(event, {
    challenge: state.challenge,
    hosts: rules.hosts,
    nowS: rules.nowS(),
    windowS: rules.limits.authWindowS,
  }) ?? (hasOwnId(event) ? null : "the id is not the hash of the event");
  if (fault) return refuse(state, ok(event, `invalid: ${fault}`), rules);
  if (rules.moderation.isBannedKey(event.pubkey)) {
    return refuse(state, ok(event, "restricted: this key is banned here"), rules);
  }
  return { state, effects: [{ type: "verify_auth", event }] };
}

function receiveReq(
  state: ConnectionState,
  { id, filters }: { id: string; filters: Filter[] },
  rules: EngineRules,
): Step {
  const { limits } = rules;
  const others = new Map(state.subscriptions);
  others.delete(id);
  const values = filters.reduce((sum, filter) => sum + countValues(filter), 0);
  const held = [...others.values()].reduce((sum, count) => sum + count, 0);
  let message: string | null = null;
  if (!rules.takeReq()) message = TOO_MANY;
  else if (filters.length > limits.maxFilters) {
    message = `invalid: at most ${limits.maxFilters} filters a request`;
  } else if (others.size >= limits.maxSubscriptions) {
    message = `error: at most ${limits.maxSubscriptions} subscriptions a connection`;
  } else if (held + values > limits.maxFilterValues) {
    message = `error: at most ${limits.maxFilterValues} filter values a connection`;
  }
  if (message !== null) return refuseReq(state, { id, message }, rules);
  if (needsAuth(state, filters)) {
    return endSubscription({ ...state, subscriptions: others }, { id, message: AUTH_REQUIRED });
  }
  return {
    state: { ...state, subscriptions: others.set(id, values) },
    effects: [{ type: "open", id, filters }],
  };
}

function receiveClose(state: ConnectionState, id: string, rules: EngineRules): Step {
  if (!state.subscriptions.has(id)) return strike(state, rules);
  const subscriptions = new Map(state.subscriptions);
  subscriptions.delete(id);
  return { state: { ...state, subscriptions }, effects: [{ type: "close", id }] };
}

function receiveCount(
  state: ConnectionState,
  { id, filters }: { id: string; filters: Filter[] },
  rules: EngineRules,
): Step {
  const message = !rules.takeReq()
    ? TOO_MANY
    : filters.length > rules.limits.maxFilters
    ? `invalid: at most ${rules.limits.maxFilters} filters a request`
    : null;
  if (message !== null) return refuse(state, { type: "CLOSED", id, message }, rules);
  const effect: Effect = needsAuth(state, filters)
    ? { type: "send", frame: { type: "CLOSED", id, message: AUTH_REQUIRED } }
    : { type: "count", id, filters };
  return { state, effects: [effect] };
}

function receiveNegOpen(
  state: ConnectionState,
  { id, filter, message }: { id: string; filter: Filter; message: Uint8Array },
  rules: EngineRules,
): Step {
  if (!rules.takeReq()) return refuseNegotiation(state, { id, message: TOO_MANY }, rules);
  if (needsAuth(state, [filter])) {
    const frame: RelayFrame = { type: "NEG-ERR", id, message: AUTH_REQUIRED };
    return { state, effects: [{ type: "end_negotiation", id }, { type: "send", frame }] };
  }
  return { state, effects: [{ type: "negotiate", id, filter, message }] };
}

function receiveNegMsg(
  state: ConnectionState,
  { id, message }: { id: string; message: Uint8Array },
  rules: EngineRules,
): Step {
  if (!rules.takeReq()) return refuseNegotiation(state, { id, message: TOO_MANY }, rules);
  return { state, effects: [{ type: "reconcile", id, message }] };
}

/** Refuses a message of a reconciliation, and ends it: the client cannot go on without its answer. */
function refuseNegotiation(
  state: ConnectionState,
  { id, message }: { id: string; message: string },
  rules: EngineRules,
): Step {
  const refused = refuse(state, { type: "NEG-ERR", id, message }, rules);
  return { state: refused.state, effects: [{ type: "end_negotiation", id }, ...refused.effects] };
}

function needsAuth({ authed }: ConnectionState, filters: readonly Filter[]): boolean {
  return authed.size === 0 && asksOnlyPrivateKinds(filters);
}

/** Refuses a REQ; with it ends a subscription of the same id, which its client no longer counts on. */
function refuseReq(
  state: ConnectionState,
  refusal: { id: string; message: string },
  rules: EngineRules,
): Step {
  const ended = endSubscription(state, refusal);
  const counted = strike(ended.state, rules);
  return { state: counted.state, effects: [...ended.effects, ...counted.effects] };
}

function endSubscription(
  state: ConnectionState,
  { id, message }: { id: string; message: string },
): Step {
  const subscriptions = new Map(state.subscriptions);
  subscriptions.delete(id);
  return {
    state: { ...state, subscriptions },
    effects: [{ type: "close", id }, { type: "send", frame: { type: "CLOSED", id, message } }],
  };
}

/** Sends a refusal and counts it. */
function refuse(state: ConnectionState, frame: RelayFrame, rules: EngineRules): Step {
  const counted = strike(state, rules);
  return { state: counted.state, effects: [{ type: "send", frame }, ...counted.effects] };
}

function refuseFrame(state: ConnectionState, error: FrameError, rules: EngineRules): Step {
  const { verb, id } = error;
  const message = `invalid: ${error.message}`;
  if (id === null) return refuse(state, { type: "NOTICE", message }, rules);
  switch (verb) {
    case "EVENT":
    case "AUTH":
      return refuse(state, { type: "OK", eventId: id, accepted: false, message }, rules);
    case "REQ":
      return refuseReq(state, { id, message }, rules);
    case "COUNT":
      return refuse(state, { type: "CLOSED", id, message }, rules);
    case "NEG-OPEN":
    case "NEG-MSG":
      return refuseNegotiation(state, { id, message }, rules);
    default:
      return refuse(state, { type: "NOTICE", message }, rules);
  }
}

function ok({ id }: NostrEvent, message: string): RelayFrame {
  return { type: "OK", eventId: id, accepted: false, message };
}

function countValues(filter: Filter): number {
  const lists = [filter.ids, filter.authors, filter.kinds, ...filter.tags.values()];
  return lists.reduce((sum, list) => sum + (list?.length ?? 0), 1);
}
