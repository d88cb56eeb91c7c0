import assert from "node:assert/strict";
import { signEvent } from "../../../../../protocol/nostr_event.ts";
import {
  finishAuth,
  openConnection,
  receive,
  receiveBinary,
} from "../../../../../server/relay/connection/engine.ts";
import type { EngineRules } from "../../../../../server/relay/connection/engine_state.ts";
import { RELAY_LIMITS } from "../../../../../server/relay/limits.ts";
import { fakeEvent } from "../support.ts";

const NOW_S = 1_700_000_000;

function rulesWith(changes: Partial<EngineRules> = {}): EngineRules {
  return {
    policy: "open",
    members: {
      isAddr: () => false,
      isMemberKey: () => false,
      addrsOf: () => [],
      relayElsewhere: () => null,
    },
    peerKey: null,
    moderation: {
      isBannedKey: () => false,
      isAllowedKey: () => false,
      isBannedEvent: () => false,
    },
    publicUrl: "wss://relay.example.org/",
    retentionS: 1e9,
    limits: RELAY_LIMITS,
    hosts: new Set(["relay.example.org:443"]),
    nowS: () => NOW_S,
    nowMs: () => NOW_S * 1000,
    takeEvent: () => true,
    takeReq: () => true,
    mayListen: () => true,
    mayScan: () => true,
    ...changes,
  };
}

const { state } = openConnection("challenge", 0);
const secret = new Uint8Array(32).fill(7);
const sign = (kind: number, tags: string[][] = []) =>
  signEvent({ kind, created_at: NOW_S, tags, content: "" }, {
    nostrSecret: secret,
    random: new Uint8Array(32),
  });
const auth = sign(22_242, [["relay", "wss://relay.example.org"], ["challenge", "challenge"]]);

Deno.test("a connection begins with its challenge", () => {
  const { effects, state } = openConnection("abc", 0);
  assert.deepEqual(effects, [{ type: "send", frame: { type: "AUTH", challenge: "abc" } }]);
  assert.equal(state.authed.size, 0);
});

Deno.test("an event is handed on as it will be stored, charged to nobody where nobody registered it", () => {
  const event = sign(1);
  const step = receive(state, JSON.stringify(["EVENT", { ...event, extra: 1 }]), rulesWith());
  const json = JSON.stringify({
    id: event.id,
    pubkey: event.pubkey,
    created_at: event.created_at,
    kind: 1,
    tags: [],
    content: "",
    sig: event.sig,
  });
  assert.deepEqual(step.effects.map(({ type }) => type), ["ingest"]);
  const [effect] = step.effects;
  assert.ok(effect?.type === "ingest");
  assert.deepEqual([effect.prepared.json, effect.prepared.bytes], [json, json.length]);
  assert.deepEqual([effect.prepared.charge, effect.prepared.removal], [null, null]);
});

Deno.test("states are not changed, only followed by others", () => {
  const before = structuredClone({ ...state });
  const opened = receive(state, '["REQ","s",{"kinds":[1]}]', rulesWith());
  receiveBinary(opened.state, rulesWith());
  finishAuth(state, { event: auth, isValid: true }, rulesWith());
  assert.deepEqual({ ...state }, before);
  assert.deepEqual([...opened.state.subscriptions.keys()], ["s"]);
  const closed = receive(opened.state, '["CLOSE","s"]', rulesWith());
  assert.deepEqual(closed.effects, [{ type: "close", id: "s" }]);
  assert.equal(closed.state.subscriptions.size, 0);
  assert.equal(opened.state.subscriptions.size, 1);
});

Deno.test("an AUTH waits for its signature, then its key counts", () => {
  const step = receive(state, JSON.stringify(["AUTH", auth]), rulesWith());
  assert.deepEqual(step.effects, [{ type: "verify_auth", event: auth }]);
  assert.equal(step.state.authed.size, 0);
  const right = finishAuth(step.state, { event: auth, isValid: true }, rulesWith());
  assert.deepEqual([...right.state.authed], [auth.pubkey]);
  const wrong = finishAuth(step.state, { event: auth, isValid: false }, rulesWith());
  assert.equal(wrong.state.authed.size, 0);
});

Deno.test("keys of a connection are bounded; one that is known costs nothing", () => {
  const rules = rulesWith({ limits: { ...RELAY_LIMITS, maxAuthedKeys: 1 } });
  const first = finishAuth(state, { event: auth, isValid: true }, rules).state;
  const again = finishAuth(first, { event: auth, isValid: true }, rules);
  assert.equal(again.state.authed.size, 1);
  const other = fakeEvent({ pubkey: "b".repeat(64) });
  const refused = finishAuth(first, { event: other, isValid: true }, rules);
  assert.deepEqual([...refused.state.authed], [auth.pubkey]);
  assert.equal(refused.effects[0]?.type, "send");
});

Deno.test("refused messages count, are forgiven with time, and end the connection above the limit", () => {
  const limits = { ...RELAY_LIMITS, maxStrikes: 3, strikesForgivenPerS: 1 };
  let now = state;
  const refuse = (nowMs: number) => {
    const step = receiveBinary(now, rulesWith({ limits, nowMs: () => nowMs }));
    now = step.state;
    return step.effects.map(({ type }) => type);
  };
  for (let i = 0; i < 3; i++) assert.deepEqual(refuse(1e9), ["send"]);
  assert.deepEqual(refuse(1e9 + 1_000), ["send"]);
  assert.deepEqual(refuse(1e9 + 1_000), ["send", "end"]);
  assert.deepEqual(refuse(1e9), ["send", "end"], "a clock set back forgives nothing");
});

Deno.test("what a rate refuses is refused in the words of its verb", () => {
  const none = rulesWith({ takeEvent: () => false, takeReq: () => false });
  const say = (text: string) => receive(state, text, none).effects;
  const event = sign(1);
  assert.deepEqual(say(JSON.stringify(["EVENT", event]))[0], {
    type: "send",
    frame: {
      type: "OK",
      eventId: event.id,
      accepted: false,
      message: "rate-limited: too many events, slow down",
    },
  });
  const limited = "rate-limited: too many requests, slow down";
  assert.deepEqual(say('["COUNT","s",{}]')[0], {
    type: "send",
    frame: { type: "CLOSED", id: "s", message: limited },
  });
  for (const text of ['["NEG-OPEN","n",{},"61"]', '["NEG-MSG","n","61"]']) {
    assert.deepEqual(say(text), [
      { type: "end_negotiation", id: "n" },
      { type: "send", frame: { type: "NEG-ERR", id: "n", message: limited } },
    ]);
  }
  assert.deepEqual(say('["REQ","s",{}]'), [
    { type: "close", id: "s" },
    {
      type: "send",
      frame: { type: "CLOSED", id: "s", message: "rate-limited: too many requests, slow down" },
    },
  ]);
});
