import assert from "node:assert/strict";
import { acquainted, startWorld, untilStatus, untilTexts } from "./world.ts";

Deno.test("two people chat both ways and see Delivered", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await acquainted(world);
  await toBob.send("hello bob");
  await untilTexts(toAlice, ["hello bob"]);
  await untilStatus(toBob, "delivered");
  await toAlice.send("hello alice");
  const messages = await untilTexts(toBob, ["hello bob", "hello alice"]);
  await untilStatus(toAlice, "delivered");
  assert.deepEqual(messages.map(({ isOwn }) => isOwn), [true, false]);
  const [noteToSelf, withBob] = alice.chats.conversations;
  assert.ok(noteToSelf?.isSelf);
  assert.equal(withBob?.title, "bob");
  assert.equal(withBob?.unread, 1);
  assert.equal(withBob?.preview, "hello alice");
  assert.equal(withBob?.hasReplied, true);
  assert.deepEqual(alice.chats.dropped, {});
});
