import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";
import type { RelayFrame } from "../../../protocol/nostr_wire.ts";
import type { RelayLimits } from "../limits.ts";
import { isPeer, type PolicyRules } from "../ingest/policy.ts";
import type { PreparedEvent } from "../events/prepared_event.ts";
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
  /** Check the signature, then hand the answer to `finishAuth`, before the next message is looked at. */
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
  /** `host:port` names of this relay. */
  hosts: ReadonlySet<string>;
  nowMs(): number;
  /** Takes a token of the client's EVENT or REQ bucket; false where it is empty. `authed`: keys that it AUTHed as. */
  takeEvent(authed: ReadonlySet<string>): boolean;
  takeReq(): boolean;
  /** True where the client may have so many more filter values live, and in scans. */
  mayListen(values: number): boolean;
  mayScan(values: number): boolean;
}

/** WebSocket close code "policy violation". (RFC 6455 §7.4.1) */
export const POLICY_VIOLATION = 1008;

/** Counts a refused message whose answer was sent elsewhere. What another relay hands on is not its own. */
export function strike(state: ConnectionState, rules: EngineRules): Step {
  if (isPeer(state.authed, rules)) return { state, effects: [] };
  const strikes = addStrike(state.strikes, {
    nowMs: rules.nowMs(),
    strikesForgivenPerS: rules.limits.strikesForgivenPerS,
  });
  const effects: Effect[] = strikes.count > rules.limits.maxStrikes
    ? [{ type: "end", code: POLICY_VIOLATION, reason: "too many refused messages" }]
    : [];
  return { state: { ...state, strikes }, effects };
}

/** Sends a refusal and counts it. */
export function refuse(state: ConnectionState, frame: RelayFrame, rules: EngineRules): Step {
  const counted = strike(state, rules);
  return { state: counted.state, effects: [{ type: "send", frame }, ...counted.effects] };
}
