import assert from "node:assert/strict";
import { viewConnection } from "../../../../client/chats/relays/connection_view.ts";
import type { RelayReading } from "../../../../client/relays/reading_pool.ts";

const homeRelay = "wss://home.test/relay";
const urls = [homeRelay, "wss://one.test/", "wss://two.test/"];

function viewOf(states: RelayReading["state"][], refusing: string[] = [], isOnline = true) {
  const relays = states.map((state, index) => ({ url: urls[index]!, state, reason: null }));
  const wordsOf = (url: string) => refusing.includes(url) ? "blocked: members only" : null;
  return viewConnection({ pool: { relays }, refusals: { wordsOf }, homeRelay, isOnline });
}

Deno.test("the relays that take mail are counted: those that refuse are none of them, those away are", () => {
  const cases: [number, RelayReading["state"][], string[]][] = [
    [3, ["connected", "connected", "connected"], []],
    [2, ["connected", "waiting"], []],
    [2, ["connected", "connected", "refused"], []],
    [1, ["connected"], []],
    [1, ["connected", "refused", "refused"], []],
    [1, ["connected", "connected"], [urls[1]!]],
    [1, ["connected", "refused", "connected"], [urls[2]!]],
    [0, ["refused", "connected"], [urls[1]!]],
  ];
  for (const [count, states, refusing] of cases) {
    const { takerCount } = viewOf(states, refusing);
    assert.equal(takerCount, count, JSON.stringify([states, refusing]));
  }
});

Deno.test("a server that does not answer is told apart from a network that is not there", () => {
  const cases: [string, RelayReading["state"][], boolean][] = [
    ["away", ["waiting"], true],
    ["away", ["waiting", "refused", "waiting"], true],
    ["waiting", ["waiting", "waiting"], false],
    ["connected", ["waiting", "connected"], true],
    ["connecting", ["waiting", "connecting"], true],
    ["refused", ["refused"], true],
  ];
  for (const [state, states, isOnline] of cases) {
    assert.equal(viewOf(states, [], isOnline).state, state, JSON.stringify([states, isOnline]));
  }
});
