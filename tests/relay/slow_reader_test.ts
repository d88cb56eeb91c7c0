import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { makeEvent, newPerson, nowS } from "./support/events.ts";
import { publishAll } from "./support/publish.ts";
import { startTestRelay } from "./support/test_relay.ts";

const BIG = "x".repeat(60_000);
const COUNT = 300;

/** Large notes of one author, all of another second. */
function largeNotes(): NostrEvent[] {
  const { secret } = newPerson();
  const at = nowS();
  return Array.from(
    { length: COUNT },
    (_, i) => makeEvent({ content: `${i} ${BIG}`, created_at: at - i }, secret),
  );
}

Deno.test("a reader that takes nothing is ended when too much waits for it, the others get all", async () => {
  await using relay = await startTestRelay({ limits: { maxBufferedBytes: 1024 * 1024 } });
  await using writer = await relay.connect();
  await using stalled = await relay.connect();
  await using reader = await relay.connect();
  for (const client of [stalled, reader]) await client.subscribe("s", { kinds: [1] });
  stalled.socket.pause();
  const secret = newPerson().secret;
  // The kernel's own buffers take some megabytes before the relay holds anything.
  const count = 250;
  for (let i = 0; i < count; i++) {
    const event = makeEvent({ content: `${i} ${BIG}` }, secret);
    assert.deepEqual(await writer.publish(event), [true, ""]);
    assert.equal((await reader.live("s")).id, event.id);
    if (relay.logLines.some((line) => line.includes("slow_reader"))) break;
  }
  assert.equal(relay.logLines.filter((line) => line.includes("slow_reader_ended")).length, 1);
  stalled.socket.resume();
  assert.equal(await stalled.ended, 1006);
});

Deno.test("a reader that is only slow gets a large answer whole: the scan waits for it", async () => {
  await using relay = await startTestRelay({ limits: { maxBufferedBytes: 2 * 1024 * 1024 } });
  await using writer = await relay.connect();
  await publishAll(writer, largeNotes());
  await using reader = await relay.connect();
  reader.send("REQ", "s", { kinds: [1] });
  await reader.next();
  for (let i = 0; i < 10; i++) {
    reader.socket.pause();
    await writer.sync();
    reader.socket.resume();
    await reader.next();
  }
  await reader.next(([verb]) => verb === "EOSE");
  assert.equal(reader.unread().filter(([verb]) => verb === "EVENT").length, COUNT - 11);
  assert.ok(!relay.logLines.some((line) => line.includes("slow_reader")));
});

Deno.test("a reader that stops in the middle of a large answer holds up nobody", async () => {
  await using relay = await startTestRelay();
  await using writer = await relay.connect();
  await publishAll(writer, largeNotes());
  const stalled = await Promise.all(Array.from({ length: 5 }, () => relay.connect()));
  for (const client of stalled) {
    client.socket.pause();
    for (let i = 0; i < 10; i++) client.send("REQ", `s${i}`, { kinds: [1] });
  }
  await using reader = await relay.connect();
  assert.equal((await reader.query({ kinds: [1] })).length, COUNT);
  assert.deepEqual(await writer.publish(makeEvent()), [true, ""]);
  for (const client of stalled) client.socket.terminate();
  await writer.sync();
  for (const client of stalled) {
    client.socket.resume();
    await client.ended;
  }
});
