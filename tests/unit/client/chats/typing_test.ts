import assert from "node:assert/strict";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { craftMessage, mailFor, publish, seal } from "./hostile.ts";
import {
  acquainted,
  type Person,
  startWorld,
  untilChange,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";

/** Two people who have both written. */
async function talking(world: World) {
  const two = await acquainted(world);
  await two.toBob.send("hello");
  await untilTexts(two.toAlice, ["hello"]);
  await two.toAlice.send("hi");
  await untilTexts(two.toBob, ["hello", "hi"]);
  return two;
}

async function sendTyping(
  world: World,
  { from, to, sentAtMs, body = { kind: "typing" } }: {
    from: Person;
    to: Person;
    sentAtMs?: number;
    body?: { kind: string; text?: string };
  },
): Promise<void> {
  const message = craftMessage(from, { to, body, sentAtMs });
  await publish(world, await seal(message, { reader: to, kind: KIND.typing }));
}

Deno.test("who types is seen in the thread and in the list, until the message is there", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await talking(world);
  const inList = () => bob.chats.conversations.find(({ peer }) => peer === "alice")!.isTyping;
  await toBob.tellTyping();
  await untilChange(toAlice, { what: "typing", isSo: () => toAlice.conversation.isTyping });
  assert.ok(inList());
  await toBob.send("there");
  await untilTexts(toAlice, ["hello", "hi", "there"]);
  assert.equal(toAlice.conversation.isTyping, false);
  assert.equal(inList(), false);
});

Deno.test("who goes on typing is seen again, whatever happens to older messages meanwhile", async () => {
  await using world = await startWorld();
  const { toBob, toAlice } = await talking(world);
  await toBob.tellTyping();
  await untilChange(toAlice, { what: "typing", isSo: () => toAlice.conversation.isTyping });
  await toAlice.markRead();
  assert.ok(toAlice.conversation.isTyping);
  await toBob.send("one");
  await untilTexts(toAlice, ["hello", "hi", "one"]);
  await toBob.tellTyping();
  await untilStatus(toBob, "delivered");
  await untilChange(toAlice, { what: "typing again", isSo: () => toAlice.conversation.isTyping });
});

Deno.test("typing leaves nothing behind on the relay, and counts as no unread message", async () => {
  await using world = await startWorld();
  const { bob, toBob, toAlice } = await talking(world);
  await toAlice.markRead();
  await toBob.tellTyping();
  await untilChange(toAlice, { what: "typing", isSo: () => toAlice.conversation.isTyping });
  const kept = await mailFor(world, bob.person);
  assert.ok(kept.every(({ kind }) => kind !== KIND.typing));
  assert.equal(toAlice.conversation.unread, 0);
  assert.deepEqual(bob.chats.dropped, {});
});

Deno.test("with typing off nothing is told and nothing is shown", async () => {
  await using world = await startWorld();
  const { alice, toBob, toAlice } = await talking(world);
  await alice.chats.changePreferences({ typing: false });
  await toBob.tellTyping();
  await toAlice.tellTyping();
  // What comes after it has come after it.
  await toBob.send("one");
  await toAlice.send("two");
  await untilTexts(toAlice, ["hello", "hi", "one", "two"]);
  await untilTexts(toBob, ["hello", "hi", "one", "two"]);
  assert.equal(toAlice.conversation.isTyping || toBob.conversation.isTyping, false);
});

Deno.test("strangers, the past and other bodies are not shown as typing", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await talking(world);
  const to = bob.person;
  await sendTyping(world, { from: world.person("eve"), to });
  await sendTyping(world, { from: alice.person, to, sentAtMs: Date.now() - 120_000 });
  await sendTyping(world, { from: alice.person, to, body: { kind: "text", text: "not kept" } });
  await toBob.send("after all that");
  await untilTexts(toAlice, ["hello", "hi", "after all that"]);
  assert.ok(bob.chats.conversations.every(({ isTyping }) => !isTyping));
  assert.equal(bob.chats.conversations.length, 2);
});
