import assert from "node:assert/strict";
import { parseEntry } from "../../../../client/backup/backup_entry.ts";
import { mergeMessage } from "../../../../client/backup/merge.ts";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";
import {
  alice,
  bob,
  conversationOf,
  emptyShelf,
  messageOf,
  NOW_MS,
  PASSPHRASE,
} from "./support.ts";

Deno.test("a backup brings conversations and messages to another device, once, and seen", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf({ nickname: "Bo", unread: 2, inviteCode: "secret" }));
  const messages = Array.from({ length: 600 }, (_, index) => messageOf(index + 1));
  const own = messageOf(700, { from: alice.primary, status: "read" });
  await here.put(...messages, own);
  const file = await here.save();
  assert.deepEqual(await there.restore(file), { conversations: 1, messages: 601 });
  const restored = await there.messages();
  assert.deepEqual(restored.map(({ body }) => body), [...messages, own].map(({ body }) => body));
  assert.ok(restored.every(({ status, seenAtMs }) => status !== null || seenAtMs !== null));
  assert.equal(restored.at(-1)?.status, "read");
  const { nickname, unread, inviteCode, last } = there.ledger.conversation(bob)!;
  assert.deepEqual([nickname, unread, inviteCode, last?.atMs], ["Bo", 0, null, 700]);
  assert.deepEqual(await there.restore(file), { conversations: 0, messages: 0 });
  assert.deepEqual(await there.messages(), restored);
});

Deno.test("what is newer on the device stays; what the backup knows beyond it is taken", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf({ nickname: "old", changedAtMs: 5 }));
  await there.putConversation(conversationOf({ nickname: "new", changedAtMs: 9 }));
  const edit = (text: string, atMs: number) => ({ edit: { text, atMs } });
  await here.put(messageOf(1, edit("first", 10)), messageOf(2, edit("second", 20)), messageOf(3));
  await there.put(
    messageOf(1, edit("second", 20)),
    messageOf(2, edit("first", 10)),
    messageOf(3, { digest: "of another document" }),
    messageOf(4),
  );
  assert.deepEqual(await there.restore(await here.save()), { conversations: 0, messages: 0 });
  const messages = await there.messages();
  assert.deepEqual(messages.map(({ edit }) => edit?.text), [
    "second",
    "second",
    undefined,
    undefined,
  ]);
  assert.equal(messages[2]!.digest, "of another document");
  assert.equal(there.ledger.conversation(bob)?.nickname, "new");
});

Deno.test("a message that had to disappear stays away, and one of a former identity goes to the present one", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  await here.put(messageOf(1, { expiresAtMs: NOW_MS }), messageOf(2));
  const present = alice.primary.replace(/..$/, "00");
  const predecessors = [{ primary: bob, untilMs: 1 }];
  await there.putConversation(conversationOf({ primary: present, predecessors }));
  assert.deepEqual(await there.restore(await here.save()), { conversations: 0, messages: 1 });
  assert.deepEqual((await there.messages()).map(({ id, peer }) => [Number(id), peer]), [[
    2,
    present,
  ]]);
  assert.equal(there.ledger.conversation(bob), null);
});

Deno.test("a backup of another account, or a damaged one, changes nothing", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  await here.put(...Array.from({ length: 400 }, (_, index) => messageOf(index + 1)));
  const file = await here.save();
  await assert.rejects(
    there.restore(file, { owner: { ...alice, primary: bob } }),
    (error) => isUserError(error, "backup_other_account"),
  );
  const cut = file.slice(0, file.size - 10);
  await assert.rejects(there.restore(cut), (error) => isUserError(error, "backup_damaged"));
  await assert.rejects(
    there.restore(file, { passphrase: `${PASSPHRASE}!` }),
    (error) => isUserError(error, "backup_passphrase"),
  );
  assert.deepEqual(there.ledger.conversations(), []);
  assert.deepEqual(await there.messages(), []);
});

Deno.test("export and import end at once where they are cancelled", async () => {
  using here = await emptyShelf();
  await here.putConversation(conversationOf());
  await here.put(messageOf(1));
  const file = await here.save();
  const signal = AbortSignal.abort(new Error("cancelled"));
  await assert.rejects(here.save({ signal }), /cancelled/);
  await assert.rejects(here.restore(file, { signal }), /cancelled/);
});

Deno.test("what has not left yet stays with the device that sends it", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  await here.putConversation(conversationOf());
  const own = (number: number, status: MessageRecord["status"]) =>
    messageOf(number, { from: alice.primary, status });
  await here.put(own(1, "sending"), own(2, "failed"), own(3, "sent"));
  assert.equal((await there.restore(await here.save())).messages, 1);
  assert.deepEqual((await there.messages()).map(({ atMs }) => atMs), [3]);
});

Deno.test("settings go with the backup", async () => {
  using here = await emptyShelf();
  using there = await emptyShelf();
  const value = { readReceipts: false };
  await here.ledger.write(() => here.ledger.commit([{ put: "value", name: "preferences", value }]));
  await here.ledger.write(() => here.ledger.commit([{ put: "value", name: "invites", value: [] }]));
  await there.restore(await here.save());
  assert.deepEqual(there.settings, [{ name: "preferences", value }]);
});

Deno.test("in whatever order the states of a message are merged, the newest of each part is left", () => {
  for (const seed of fuzzSeeds(200)) {
    const random = createRandom(seed);
    const original = messageOf(1, { from: alice.primary, status: "sent" });
    const states = Array.from({ length: 4 }, (_, index): MessageRecord => {
      const at = index * 10 + random.int(10);
      const base: MessageRecord = {
        ...original,
        status: random.pick(["sent", "delivered", "read"]),
        edit: random.oneIn(2) ? { text: `at ${at}`, atMs: at } : null,
        reactions: random.some([alice.primary, bob]).map((from) => ({
          from,
          emoji: `${at}`,
          atMs: at,
        })),
      };
      return random.oneIn(6)
        ? { ...base, deletedAtMs: 99, body: { kind: "text", text: "" }, edit: null, reactions: [] }
        : base;
    });
    const merged = (order: MessageRecord[]) => {
      const { status, edit, reactions, deletedAtMs } = order.reduce(mergeMessage);
      const sorted = reactions.toSorted((a, b) => a.from.localeCompare(b.from));
      return deletedAtMs === null ? { status, edit, reactions: sorted } : { deletedAtMs };
    };
    const forward = merged(states);
    assert.deepEqual(merged(states.toReversed()), forward, `seed ${seed}`);
    assert.deepEqual(merged([states[2]!, states[0]!, states[3]!, states[1]!]), forward);
    assert.deepEqual(merged([...states, ...states]), forward, `seed ${seed}`);
  }
});

Deno.test("a record of a shape that no app could show is refused as damaged", () => {
  const conversations = [
    { predecessors: 5 },
    { predecessors: [{ primary: 7, untilMs: 1 }] },
    { receiptsDue: "all" },
    { earlyReceipts: null },
    { untoldEvents: [{ id: 5 }] },
    { listedRelays: { urls: "wss://relay.example" } },
    { successor: {} },
    { shared: null },
    { claimedHandle: "x".repeat(400) },
    { nickname: "x".repeat(400) },
    { peerRelay: {} },
    { peerNostr: "npub" },
    { beganAtMs: 8.64e15 + 1 },
  ];
  for (const changes of conversations) {
    const conversation = { ...conversationOf(), ...changes };
    assert.throws(() => parseEntry({ conversation }), { code: "backup_damaged" });
  }
  for (
    const changes of [{ atMs: 9e15 }, { arrival: 1e300 }, { arrival: 0.5 }, { seenAtMs: 9e15 }]
  ) {
    assert.throws(() => parseEntry({ message: messageOf(1, changes) }), { code: "backup_damaged" });
  }
  const bodies = [{ kind: "text", text: "hi", reply_to: { length: 1 } }, { kind: "attachment" }];
  for (const body of bodies) {
    const message = { ...messageOf(1), body };
    assert.throws(() => parseEntry({ message }), { code: "backup_damaged" });
  }
  assert.ok(parseEntry({ message: messageOf(1, { body: { kind: "deleted" } }) }));
  assert.ok(parseEntry({ conversation: conversationOf() }));
});
