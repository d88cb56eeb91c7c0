import assert from "node:assert/strict";
import { KIND, type NostrEvent } from "../../../../protocol/nostr_event.ts";
import type { MessageBody } from "../../../../protocol/message_body.ts";
import { acksFor, craftMessage, mailFor, publish, seal } from "./hostile.ts";
import {
  acquainted,
  type Device,
  type Person,
  startWorld,
  untilChange,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";

const TARGET = "0".repeat(31) + "1";

/** Quiet mail by a client of one's own making. */
function quiet(
  from: Person,
  { to, body, sentAtMs }: { to: Person; body: MessageBody; sentAtMs?: number },
): Promise<NostrEvent> {
  const kind = KIND.quiet;
  return seal(craftMessage(from, { to, body, sentAtMs }), { reader: to, kind });
}

/** Waits until everything that was published before has been dealt with. */
async function settle(world: World, { from, at }: { from: Person; at: Device }): Promise<void> {
  const text = `settled ${crypto.randomUUID()}`;
  await publish(
    world,
    await seal(craftMessage(from, { to: at.person, text }), { reader: at.person }),
  );
  await at.until(text, ({ conversations }) => conversations.some((one) => one.preview === text));
}

Deno.test("an edit that comes before its message waits for it", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob } = await acquainted(world);
  const [from, to] = [bob.person, alice.person];
  const edit = { kind: "edit", target: TARGET, text: "second thought" };
  await publish(world, await quiet(from, { to, body: edit }));
  await settle(world, { from, at: alice });
  const first = craftMessage(from, { to, id: TARGET, text: "first thought" });
  await publish(world, await seal(first, { reader: to }));
  await untilChange(toBob, {
    what: "the edited text",
    isSo: () => toBob.messages.some(({ text }) => text === "second thought"),
  });
  assert.ok(toBob.messages.every(({ text }) => text !== "first thought"));
  assert.deepEqual(alice.chats.dropped, {});
});

Deno.test("only the author edits and deletes; strangers and blocked people change nothing", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toAlice.send("by bob");
  await untilTexts(toBob, ["by bob"]);
  await toBob.send("by alice");
  await untilStatus(toBob, "delivered");
  const [ofBob, ofAlice] = toBob.messages.map(({ id }) => id);
  const mallory = world.person("mallory");
  const to = alice.person;
  const own = { kind: "edit", target: ofAlice!, text: "forged" };
  await publish(
    world,
    await quiet(bob.person, { to, body: own }),
    await quiet(bob.person, { to, body: { kind: "delete", target: ofAlice! } }),
    await quiet(mallory, { to, body: { kind: "delete", target: ofBob! } }),
    await quiet(mallory, { to, body: { kind: "reaction", target: ofBob!, emoji: "👎" } }),
  );
  await settle(world, { from: bob.person, at: alice });
  assert.deepEqual(toBob.messages.map(({ text }) => text).slice(0, 2), ["by bob", "by alice"]);
  assert.equal(alice.chats.dropped.quiet_kind, 2);
  assert.equal(alice.chats.conversations.length, 2);
  await alice.chats.block("bob");
  await publish(world, await quiet(bob.person, { to, body: { kind: "delete", target: ofBob! } }));
  await settle(world, { from: mallory, at: alice });
  assert.equal(toBob.messages[0]?.text, "by bob");
});

Deno.test("quiet mail is not acked, and shows no status", async () => {
  await using world = await startWorld();
  const { alice, bob, toBob, toAlice } = await acquainted(world);
  await toAlice.send("hello");
  await untilTexts(toBob, ["hello"]);
  await untilStatus(toAlice, "delivered");
  const to = alice.person;
  const body = { kind: "edit", target: toBob.messages[0]!.id, text: "hello, you" };
  await publish(world, await quiet(bob.person, { to, body }));
  await untilTexts(toBob, ["hello, you"]);
  assert.equal((await acksFor(world, bob.person)).length, 1);
  assert.equal(alice.chats.conversations.find(({ peer }) => peer === "bob")?.unread, 1);
  assert.equal(alice.chats.conversations.find(({ peer }) => peer === "bob")?.preview, "hello, you");
});

Deno.test("nothing of quiet mail tells a relay more than an ack does", async () => {
  await using world = await startWorld();
  const [alice, bob] = [world.person("alice"), world.person("bob")];
  const body = { kind: "reaction", target: TARGET, emoji: "👍" };
  await publish(world, await quiet(alice, { to: bob, body }));
  const [event] = await mailFor(world, bob);
  assert.deepEqual(event?.tags, [["q", bob.addr]]);
});
