import assert from "node:assert/strict";
import { randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

const PROXIED = { trustedProxies: ["127.0.0.0/8"] };
const as = (client: string) => ({ headers: { "x-forwarded-for": client } });
const values = (count: number) => Array.from({ length: count }, randomHex);

Deno.test("the live filter values of one client are bounded over all its sockets; others have their own", async () => {
  await using relay = await startTestRelay({ ...PROXIED, limits: { maxListening: 100 } });
  await using first = await relay.connect(as("10.0.0.1"));
  await using second = await relay.connect(as("10.0.0.1"));
  await using other = await relay.connect(as("10.0.0.2"));
  await first.subscribe("s", { authors: values(60) });
  assert.match(await second.refusedReq({ authors: values(60) }), /^error: .*live/);
  await other.subscribe("s", { authors: values(60) });
  await first.subscribe("s", { authors: values(10) });
  await second.subscribe("s", { authors: values(60) });
  first.send("CLOSE", "s");
  await first.sync();
  await second.subscribe("s", { authors: values(90) });
});

Deno.test("the live filter values of all clients are bounded", async () => {
  await using relay = await startTestRelay({ ...PROXIED, limits: { maxListeningInAll: 100 } });
  await using first = await relay.connect(as("10.0.0.1"));
  await using second = await relay.connect(as("10.0.0.2"));
  await first.subscribe("s", { ids: values(80) });
  assert.match(await second.refusedReq({ ids: values(80) }), /^error: /);
  first.send("CLOSE", "s");
  await first.sync();
  await second.subscribe("s", { ids: values(80) });
});

Deno.test("what one client looks up at a time is bounded, for REQ, COUNT and NEG-OPEN", async () => {
  await using relay = await startTestRelay({ limits: { maxScanning: 50 } });
  await using client = await relay.connect();
  const filter = { "#t": values(60) };
  assert.match(await client.refusedReq(filter), /^rate-limited: /);
  client.send("COUNT", "c", filter);
  assert.match(String((await client.next(([verb]) => verb === "CLOSED"))[2]), /^rate-limited: /);
  client.send("NEG-OPEN", "n", filter, "6100000200");
  assert.match(String((await client.next(([verb]) => verb === "NEG-ERR"))[2]), /^rate-limited: /);
  // What has ended is given back, however often.
  for (let i = 0; i < 20; i++) await client.query({ "#t": values(40) });
});
