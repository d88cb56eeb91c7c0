import assert from "node:assert/strict";
import { createReadingPool } from "../../../../client/relays/reading_pool.ts";
import { createFakeEnvironment } from "./fake_environment.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const RELAYS = ["wss://home.test/relay", "wss://other.test/"];

function startPool() {
  const environment = createFakeEnvironment();
  const pool = createReadingPool({
    environment,
    nostrSecret: randomBytes(32),
    randomBytes,
    readingOf: () => ({
      isQuietFirst: false,
      addr: "ab".repeat(32),
      firstWindowMs: 0,
      cursor: () => Promise.resolve(null),
      saveCursor: () => Promise.resolve(),
      onEvent: () => Promise.resolve(),
    }),
    onState() {},
    onCaughtUp() {},
  });
  pool.setRelays(RELAYS);
  pool.start();
  const opened = () => environment.sockets.map(({ url }) => url);
  return { environment, pool, opened };
}

Deno.test("a relay that is waited for is tried at once when it answers elsewhere, and no other is", () => {
  const { environment, pool, opened } = startPool();
  assert.deepEqual(opened(), RELAYS);
  environment.sockets.forEach((socket) => socket.end());
  assert.deepEqual(pool.relays.map(({ state }) => state), ["waiting", "waiting"]);
  pool.wake("wss://home.test/relay/");
  assert.deepEqual(opened(), [...RELAYS, RELAYS[0]]);
  assert.deepEqual(pool.relays.map(({ state }) => state), ["connecting", "waiting"]);
});

Deno.test("a relay to which there is a connection already is not asked for another", () => {
  const { environment, pool, opened } = startPool();
  for (const url of RELAYS) pool.wake(url);
  environment.sockets.forEach((socket) => socket.open());
  for (const url of RELAYS) pool.wake(url);
  assert.deepEqual(opened(), RELAYS);
});

Deno.test("a relay that refused is left alone, however often it answers elsewhere", async () => {
  const { environment, pool, opened } = startPool();
  const [home] = environment.sockets;
  home!.open();
  home!.receive("AUTH", "challenge");
  const [, auth] = await home!.next("AUTH");
  home!.receive("OK", (auth as { id: string }).id, false, "restricted: members only");
  assert.equal(pool.relays[0]!.state, "refused");
  pool.wake(RELAYS[0]!);
  assert.deepEqual(opened(), RELAYS);
});
