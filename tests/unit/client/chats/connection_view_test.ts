import assert from "node:assert/strict";
import { viewConnection } from "../../../../client/chats/connection_view.ts";
import type { RelayReading } from "../../../../client/relays/reading_pool.ts";

const homeRelay = "wss://home.test/relay";
const urls = [homeRelay, "wss://one.test/", "wss://two.test/"];

function viewOf(states: RelayReading["state"][], refusing: string[] = []) {
  const relays = states.map((state, index) => ({ url: urls[index]!, state, reason: null }));
  const wordsOf = (url: string) => refusing.includes(url) ? "blocked: members only" : null;
  return viewConnection({ pool: { relays }, refusals: { wordsOf }, homeRelay });
}

Deno.test("fewer than two relays that take mail raise a hint: those that refuse do not count, those away do", () => {
  const cases: [boolean, RelayReading["state"][], string[]][] = [
    [false, ["connected", "connected", "connected"], []],
    [false, ["connected", "waiting"], []],
    [false, ["connected", "connected", "refused"], []],
    [true, ["connected"], []],
    [true, ["connected", "refused", "refused"], []],
    [true, ["connected", "connected"], [urls[1]!]],
    [true, ["connected", "refused", "connected"], [urls[2]!]],
  ];
  for (const [hasFew, states, refusing] of cases) {
    const { hasFewTakers } = viewOf(states, refusing);
    assert.equal(hasFewTakers, hasFew, JSON.stringify([states, refusing]));
  }
});
