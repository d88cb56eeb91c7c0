import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import type { MessageBody } from "../../../../protocol/message_body.ts";
import {
  asAccepted,
  emptyConversation,
  isForward,
  withMessage,
} from "../../../../client/chats/conversation/conversation_changes.ts";
import { viewConversation } from "../../../../client/chats/conversation/conversation_view.ts";
import { openLedger } from "../../../../client/chats/ledger.ts";
import { previewOf, viewMessage } from "../../../../client/chats/thread/message_view.ts";
import { createPacer } from "../../../../client/chats/pacer.ts";
import { MAX_REQUESTS, roomForRequest } from "../../../../client/chats/incoming/request_limits.ts";
import type { DeliveryStatus, MessageRecord } from "../../../../client/storage/chat_records.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { createFakeEnvironment } from "../relays/fake_environment.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const owner = { handle: "alice", server: "kez.test", primary: `ed25519:${"11".repeat(32)}` };
const peer = `ed25519:${"ab".repeat(32)}`;

const message: MessageRecord = {
  ...MESSAGE_DEFAULTS,
  id: "00".repeat(16),
  from: peer,
  peer,
  body: { kind: "text", text: "hello" },
  atMs: 10,
  arrival: 1,
  status: null,
  failure: null,
  eventIds: [],
  digest: "",
  bytes: 500,
};

Deno.test("a conversation is named by the handle that a registry confirmed, else by its short primary", () => {
  const cases = [
    { contact: null, peer, title: "abababab…abab", server: null },
    { contact: { handle: "bob", server: "kez.test" }, peer: "bob", title: "bob", server: null },
    {
      contact: { handle: "bob", server: "other.test:8443" },
      peer: "bob@other.test:8443",
      title: "bob",
      server: "other.test:8443",
    },
  ];
  for (const { contact, ...expected } of cases) {
    const view = viewConversation({
      ...emptyConversation({ primary: peer, state: "request", nowMs: 5 }),
      contact: contact && { ...contact, relays: [] },
      claimedHandle: "admin@kez.test",
    }, owner);
    const { peer: path, title, server } = view;
    assert.deepEqual({ peer: path, title, server }, expected);
    assert.equal(view.lastAtMs, 5);
  }
  const self = emptyConversation({ primary: owner.primary, state: "accepted", nowMs: 5 });
  const { isSelf, peer: path } = viewConversation(self, owner);
  assert.deepEqual([isSelf, path], [true, "alice"]);
});

Deno.test("a preview is one line of bounded length that cuts no character", () => {
  const previewOfBody = (body: MessageBody) => previewOf({ body, deletedAtMs: null });
  const preview = (text: string) => previewOfBody({ kind: "text", text });
  assert.equal(preview("  a\n\n b\tc  "), "a b c");
  assert.equal(preview("👍".repeat(500)), "👍".repeat(160));
  assert.equal(preview("x".repeat(30_000)).length, 160);
  assert.equal(previewOfBody({ kind: "poll", fallback: "A poll" }), "A poll");
  assert.equal(previewOfBody({ kind: "poll" }), "");
});

Deno.test("a message of another kind than text shows its fallback and no text of its own", () => {
  const poll = { kind: "poll", text: "x", fallback: "A poll" };
  const view = viewMessage({ ...message, body: poll }, owner.primary);
  assert.deepEqual([view.kind, view.text, view.fallback], ["unsupported", "", "A poll"]);
  assert.deepEqual([view.isOwn, view.key], [false, `peer-${message.id}`]);
});

Deno.test("a status never goes backwards", () => {
  const order: DeliveryStatus[] = ["sending", "sent", "delivered", "read"];
  for (const [at, from] of order.entries()) {
    for (const [to, status] of order.entries()) assert.equal(isForward(from, status), to > at);
    assert.equal(isForward(from, "failed"), false);
  }
  assert.ok(isForward("failed", "sent") && isForward("failed", "delivered"));
  assert.equal(isForward(null, "read"), false);
});

Deno.test("an older message changes neither preview nor order; what was read is said by reading", () => {
  const empty = emptyConversation({ primary: peer, state: "accepted", nowMs: 1 });
  const one = withMessage(empty, { message, isOwn: false });
  const older = { ...message, id: "01".repeat(16), atMs: 5, arrival: 2 };
  const two = withMessage(one, { message: older, isOwn: false });
  assert.deepEqual([two.unread, two.last, two.hasReplied], [2, one.last, true]);
  const own = { ...message, id: "02".repeat(16), from: owner.primary, atMs: 11 };
  for (const atMs of [9, own.atMs]) {
    assert.equal(withMessage(two, { message: { ...own, atMs }, isOwn: true }).unread, 2);
  }
});

Deno.test("the two-hundred-and-first request takes the place of the oldest one", async () => {
  const database = await openDatabase(crypto.randomUUID());
  const storage = createChatStorage({ database, sealer: await createSealer(randomBytes(32)) });
  const ledger = await openLedger({ storage, nowMs: () => 1 });
  const requestAt = (number: number) =>
    emptyConversation({ primary: `stranger ${number}`, state: "request", nowMs: 1_000 - number });
  for (let number = 0; number < MAX_REQUESTS; number++) {
    await ledger.commit([{ put: "conversation", conversation: requestAt(number) }]);
  }
  const friend = asAccepted(requestAt(5_000));
  await ledger.commit([{ put: "conversation", conversation: friend }]);
  const newest = requestAt(-1);
  const { room } = await roomForRequest(newest, { record: message, ledger });
  assert.deepEqual(room, [{ delete: "conversation", primary: `stranger ${MAX_REQUESTS - 1}` }]);
  const known = await roomForRequest(requestAt(7), { record: message, ledger });
  assert.deepEqual(known, { room: [], requestCount: 1, requestBytes: message.bytes });
  database.close();
});

Deno.test("long work gives way to the page once it has taken twelve milliseconds", async () => {
  const environment = createFakeEnvironment();
  let nowMs = 0;
  const pacer = createPacer({ environment, nowMs: () => nowMs });
  nowMs = 11;
  await pacer.breathe();
  assert.deepEqual(environment.waits(), []);
  nowMs = 12;
  const breath = pacer.breathe();
  assert.deepEqual(environment.waits(), [0]);
  environment.pass(0);
  await breath;
  nowMs = 23;
  await pacer.breathe();
  assert.deepEqual(environment.waits(), []);
});
