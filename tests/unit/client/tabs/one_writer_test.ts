import assert from "node:assert/strict";
import { startWorld } from "../chats/world.ts";

Deno.test("who was the writer before writes nothing any more, and leaves nothing half-written", async () => {
  await using world = await startWorld();
  const alice = world.person("alice");
  const first = await world.device(alice);
  await first.chats.startChat("alice");
  const notes = await first.open(alice.primary);
  await notes.send("by the first");
  // As when a tab was frozen, and another one took over.
  const second = await world.device(alice, { databaseName: first.databaseName });
  await assert.rejects(notes.send("by the first, too late"), { code: "storage_failed" });
  const again = await second.open(alice.primary);
  await again.send("by the second");
  assert.deepEqual(again.messages.map(({ text }) => text), ["by the first", "by the second"]);
  await first[Symbol.asyncDispose]();
  const third = await second.reload();
  const kept = await third.open(alice.primary);
  assert.deepEqual(kept.messages.map(({ text }) => text), ["by the first", "by the second"]);
});
