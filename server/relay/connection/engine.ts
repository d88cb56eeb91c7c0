import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import {
  type ClientFrame,
  FrameError,
  parseClientFrame,
  type RelayFrame,
} from "../../../protocol/nostr_wire.ts";
import { authFault } from "../auth.ts";
import {
  receiveClose,
  receiveCount,
  receiveNegClose,
  receiveNegMsg,
  receiveNegOpen,
  receiveReq,
  refuseNegotiation,
  refuseReq,
} from "./engine_reads.ts";
import { type ConnectionState, type EngineRules, refuse, type Step } from "./engine_state.ts";
import { judgeEvent } from "../ingest/policy.ts";
import { hasOwnId, prepareEvent } from "../events/prepared_event.ts";

const BANNED = "restricted: this key is banned here";

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
      return receiveNegClose(state, frame.id, rules);
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
  if (rules.moderation.isBannedKey(event.pubkey)) return refuse(state, ok(event, BANNED), rules);
  const authed = new Set(state.authed).add(event.pubkey);
  if (authed.size > rules.limits.maxAuthedKeys) {
    const message = `error: at most ${rules.limits.maxAuthedKeys} keys a connection`;
    return refuse(state, ok(event, message), rules);
  }
  const frame: RelayFrame = { type: "OK", eventId: event.id, accepted: true, message: "" };
  return { state: { ...state, authed }, effects: [{ type: "send", frame }] };
}

function receiveEvent(state: ConnectionState, received: NostrEvent, rules: EngineRules): Step {
  if (!rules.takeEvent(state.authed)) {
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
  const { charge, removal, forwardTo } = verdict;
  const judged = { ...prepared, charge, removal, forwardTo };
  return { state, effects: [{ type: "ingest", prepared: judged }] };
}

function receiveAuth(state: ConnectionState, event: NostrEvent, rules: EngineRules): Step {
  if (!rules.takeEvent(state.authed)) {
    return refuse(state, ok(event, "rate-limited: too many messages, slow down"), rules);
  }
  const fault = authFault(event, {
    challenge: state.challenge,
    hosts: rules.hosts,
    nowS: rules.nowS(),
    windowS: rules.limits.authWindowS,
  }) ?? (hasOwnId(event) ? null : "the id is not the hash of the event");
  if (fault) return refuse(state, ok(event, `invalid: ${fault}`), rules);
  if (rules.moderation.isBannedKey(event.pubkey)) return refuse(state, ok(event, BANNED), rules);
  return { state, effects: [{ type: "verify_auth", event }] };
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
