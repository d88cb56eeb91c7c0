import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import {
  compareOrder,
  emptyConversation,
} from "../../../../client/chats/conversation/conversation_changes.ts";
import { type Ledger, openLedger } from "../../../../client/chats/ledger.ts";
import { AROUND_MESSAGES, STEP_MESSAGES } from "../../../../client/chats/thread/message_pages.ts";
import { MAX_LOADED_MESSAGES } from "../../../../client/chats/thread/message_window.ts";
import type { Drafts } from "../../../../client/chats/thread/drafts.ts";
import type { Outbound } from "../../../../client/chats/outgoing/outbound.ts";
import type { Typing } from "../../../../client/chats/thread/typing.ts";
import type { QuietMail } from "../../../../client/chats/outgoing/quiet_mail.ts";
import type { OutgoingFiles } from "../../../../client/chats/outgoing/outgoing_files.ts";
import type { Outbox } from "../../../../client/chats/outgoing/outbox.ts";
import { type LiveThread, openThread } from "../../../../client/chats/thread/thread.ts";
import type { MessageRecord } from "../../../../client/storage/chat_records.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { NO_FILES, NO_UNWANTED, NO_UPLOADS } from "./fake_blobs.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";

const owner = { handle: "alice", server: "kez.test", primary: `ed25519:${"11".repeat(32)}` };
const peer = `ed25519:${"ab".repeat(32)}`;

function messageAt(atMs: number, isOwn = false): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id: `${atMs}`,
    from: isOwn ? owner.primary : peer,
    peer,
    body: { kind: "text", text: `${atMs}` },
    atMs,
    arrival: atMs,
    status: null,
    failure: null,
    eventIds: [],
    digest: "",
    bytes: 1,
  };
}

const NO_TYPING = { isTyping: () => false, onChange: () => () => {} } as unknown as Typing;
const NO_DRAFTS = { of: () => "" } as unknown as Drafts;

/** A conversation with messages at 1, 2, 3, … ms. */
async function converse(count: number, { unread = 0 } = {}) {
  const database = await openDatabase(crypto.randomUUID());
  const sealer = await createSealer(new Uint8Array(32));
  const storage = createChatStorage({ database, sealer });
  const ledger: Ledger = await openLedger({ storage, nowMs: () => 0 });
  const conversation = {
    ...emptyConversation({ primary: peer, state: "accepted", nowMs: 1 }),
    unread,
  };
  const messages = Array.from({ length: count }, (_, index) => messageAt(index + 1));
  await ledger.commit([
    { put: "conversation", conversation },
    ...messages.map((message) => ({ put: "message" as const, message })),
  ]);
  return {
    ledger,
    open: (): Promise<LiveThread> =>
      openThread({
        ledger,
        outbound: {} as Outbound,
        quietMail: {} as QuietMail,
        outbox: {} as Outbox,
        outgoingFiles: {} as OutgoingFiles,
        uploads: NO_UPLOADS,
        unwantedBlobs: NO_UNWANTED,
        files: NO_FILES,
        drafts: NO_DRAFTS,
        typing: NO_TYPING,
        owner,
        primary: peer,
        nowMs: () => 0,
        receipts: { markRead: () => Promise.resolve() },
      }),
    put: (message: MessageRecord) =>
      ledger.write(() => ledger.commit([{ put: "message", message }])),
    [Symbol.dispose]: () => database.close(),
  };
}

const ids = (thread: LiveThread) => thread.messages.map(({ id }) => Number(id));
const span = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

Deno.test("a thread of thousands keeps a bounded piece, which goes up and down without a gap", async () => {
  using kept = await converse(1_000);
  const thread = await kept.open();
  assert.deepEqual(ids(thread), span(951, 1_000));
  const oldest = 951 - 20 * STEP_MESSAGES;
  for (let page = 0; page < 20; page++) await thread.loadOlder();
  assert.deepEqual(ids(thread), span(oldest, oldest + MAX_LOADED_MESSAGES - 1));
  assert.deepEqual([thread.hasOlder, thread.hasNewer], [true, true]);
  assert.equal(thread.newest?.id, "1000");
  for (let page = 0; page < 10; page++) await thread.loadNewer();
  assert.deepEqual(ids(thread), span(1_001 - MAX_LOADED_MESSAGES, 1_000));
  assert.deepEqual([thread.hasOlder, thread.hasNewer], [true, false]);
});

Deno.test("a message far up is shown with what is around it; the latest ones are a step away", async () => {
  using kept = await converse(1_000);
  const thread = await kept.open();
  assert.equal(await thread.showAround("peer-300"), true);
  assert.deepEqual(ids(thread), span(300 - AROUND_MESSAGES, 300 + AROUND_MESSAGES));
  assert.deepEqual([thread.hasOlder, thread.hasNewer], [true, true]);
  await thread.showLatest();
  assert.deepEqual(ids(thread), span(951, 1_000));
  assert.equal(await thread.showAround("peer-1"), true);
  assert.deepEqual(ids(thread), span(1, 1 + AROUND_MESSAGES));
  assert.equal(thread.hasOlder, false);
  assert.equal(await thread.showAround("own-1"), false);
  assert.deepEqual(ids(thread), span(1, 1 + AROUND_MESSAGES));
});

Deno.test("what arrives below the loaded piece is counted, and not put where it does not stand", async () => {
  using kept = await converse(500);
  const thread = await kept.open();
  await thread.showAround("peer-100");
  await kept.put(messageAt(501));
  await kept.put(messageAt(502, true));
  await kept.put({ ...messageAt(300), edit: { text: "edited", atMs: 600 } });
  assert.equal(thread.messages.at(-1)?.id, String(100 + AROUND_MESSAGES));
  assert.deepEqual([thread.arrivedCount, thread.newest?.id], [1, "502"]);
  await thread.showLatest();
  assert.deepEqual(ids(thread), span(453, 502));
  await kept.put(messageAt(503));
  assert.equal(thread.arrivedCount, 2);
  assert.equal(thread.messages.at(-1)?.id, "503");
});

Deno.test("as much is loaded on opening as is unread, within bounds", async () => {
  using some = await converse(500, { unread: 120 });
  assert.equal((await some.open()).messages.length, 140);
  using all = await converse(500, { unread: 500 });
  assert.equal((await all.open()).messages.length, MAX_LOADED_MESSAGES);
});

Deno.test("whatever comes, goes and is scrolled, a thread shows one gapless piece of its conversation", async () => {
  for (const seed of fuzzSeeds(4)) {
    const random = createRandom(seed);
    using kept = await converse(400);
    let all = span(1, 400).map((atMs) => messageAt(atMs));
    const thread = await kept.open();
    for (let step = 0; step < 60; step++) {
      const kind = random.int(7);
      if (kind < 2) await thread.loadOlder();
      else if (kind === 2) await thread.loadNewer();
      else if (kind === 3) await thread.showAround(`peer-${random.pick(all).id}`);
      else if (kind === 4) {
        const message = messageAt(1_000 + step);
        const late = { ...message, atMs: random.int(500) };
        const added = random.oneIn(2) ? message : late;
        all = [...all, added].sort(compareOrder);
        await kept.put(added);
      } else if (kind === 5) {
        const { from, id } = random.pick(all);
        all = all.filter((one) => one.id !== id);
        await kept.ledger.write(() => kept.ledger.commit([{ delete: "message", from, id }]));
      } else if (random.oneIn(3)) await thread.showLatest();
      const shown = thread.messages.map(({ id }) => id);
      const at = all.findIndex(({ id }) => id === shown[0]);
      const expected = all.slice(at, at + shown.length).map(({ id }) => id);
      assert.deepEqual(shown, expected, `seed ${seed}, step ${step}`);
      const isEnd = at + shown.length === all.length;
      assert.ok(thread.hasNewer || isEnd, `seed ${seed}, step ${step}`);
      assert.ok(thread.hasOlder || at === 0, `seed ${seed}, step ${step}`);
      assert.ok(shown.length <= 2 * MAX_LOADED_MESSAGES);
    }
  }
});
