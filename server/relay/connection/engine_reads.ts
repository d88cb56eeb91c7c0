import type { Filter } from "../../../protocol/nostr_filter.ts";
import type { RelayFrame } from "../../../protocol/nostr_wire.ts";
import { countValues } from "../query/filter_values.ts";
import { asksOnlyPrivateKinds } from "../events/access.ts";
import {
  type ConnectionState,
  type Effect,
  type EngineRules,
  refuse,
  type Step,
  strike,
} from "./engine_state.ts";

const TOO_MANY = "rate-limited: too many requests, slow down";
const TOO_MUCH = "rate-limited: too much is being looked up, try again later";
const AUTH_REQUIRED = "auth-required: these events are for their readers only";

/** Opens a subscription, in the place of one of the same id. (NIP-01) */
export function receiveReq(
  state: ConnectionState,
  { id, filters }: { id: string; filters: Filter[] },
  rules: EngineRules,
): Step {
  const { limits } = rules;
  const others = new Map(state.subscriptions);
  others.delete(id);
  const values = countValues(filters);
  const held = [...others.values()].reduce((sum, count) => sum + count, 0);
  let message: string | null = null;
  if (!rules.takeReq()) message = TOO_MANY;
  else if (filters.length > limits.maxFilters) {
    message = `invalid: at most ${limits.maxFilters} filters a request`;
  } else if (others.size >= limits.maxSubscriptions) {
    message = `error: at most ${limits.maxSubscriptions} subscriptions a connection`;
  } else if (held + values > limits.maxFilterValues) {
    message = `error: at most ${limits.maxFilterValues} filter values a connection`;
  } else if (!rules.mayListen(values - (state.subscriptions.get(id) ?? 0))) {
    message = "error: too many filter values are live";
  } else if (!rules.mayScan(values)) message = TOO_MUCH;
  if (message !== null) return refuseReq(state, { id, message }, rules);
  if (needsAuth(state, filters)) {
    return endSubscription({ ...state, subscriptions: others }, { id, message: AUTH_REQUIRED });
  }
  return {
    state: { ...state, subscriptions: others.set(id, values) },
    effects: [{ type: "open", id, filters }],
  };
}

/** Ends a subscription; NIP-01 has no answer to that. */
export function receiveClose(state: ConnectionState, id: string, rules: EngineRules): Step {
  if (!state.subscriptions.has(id)) return strike(state, rules);
  const subscriptions = new Map(state.subscriptions);
  subscriptions.delete(id);
  return { state: { ...state, subscriptions }, effects: [{ type: "close", id }] };
}

/** Has what is stored counted. (NIP-45) */
export function receiveCount(
  state: ConnectionState,
  { id, filters }: { id: string; filters: Filter[] },
  rules: EngineRules,
): Step {
  const message = !rules.takeReq()
    ? TOO_MANY
    : filters.length > rules.limits.maxFilters
    ? `invalid: at most ${rules.limits.maxFilters} filters a request`
    : rules.mayScan(countValues(filters))
    ? null
    : TOO_MUCH;
  if (message !== null) return refuse(state, { type: "CLOSED", id, message }, rules);
  const effect: Effect = needsAuth(state, filters)
    ? { type: "send", frame: { type: "CLOSED", id, message: AUTH_REQUIRED } }
    : { type: "count", id, filters };
  return { state, effects: [effect] };
}

/** Begins a reconciliation, in the place of one of the same id. (NIP-77) */
export function receiveNegOpen(
  state: ConnectionState,
  { id, filter, message }: { id: string; filter: Filter; message: Uint8Array },
  rules: EngineRules,
): Step {
  if (!rules.takeReq()) return refuseNegotiation(state, { id, message: TOO_MANY }, rules);
  if (!rules.mayScan(countValues([filter]))) {
    return refuseNegotiation(state, { id, message: TOO_MUCH }, rules);
  }
  if (needsAuth(state, [filter])) {
    const frame: RelayFrame = { type: "NEG-ERR", id, message: AUTH_REQUIRED };
    return { state, effects: [{ type: "end_negotiation", id }, { type: "send", frame }] };
  }
  return { state, effects: [{ type: "negotiate", id, filter, message }] };
}

/** Goes on with a reconciliation. (NIP-77) */
export function receiveNegMsg(
  state: ConnectionState,
  { id, message }: { id: string; message: Uint8Array },
  rules: EngineRules,
): Step {
  if (!rules.takeReq()) return refuseNegotiation(state, { id, message: TOO_MANY }, rules);
  return { state, effects: [{ type: "reconcile", id, message }] };
}

/** Refuses a message of a reconciliation, and ends it: the client cannot go on without its answer. */
export function refuseNegotiation(
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
export function refuseReq(
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

/** Ends a reconciliation; NIP-77 has no answer to that. */
export function receiveNegClose(state: ConnectionState, id: string, rules: EngineRules): Step {
  const effect: Effect = { type: "end_negotiation", id };
  const { state: counted, effects } = rules.takeReq()
    ? { state, effects: [] }
    : strike(state, rules);
  return { state: counted, effects: [effect, ...effects] };
}
