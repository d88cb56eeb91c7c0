import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { sealMail } from "../../../../protocol/mail.ts";
import { signMessage } from "../../../../protocol/message.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { createContactBook, type Directory } from "../../../../client/chats/people/contact_book.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { createInbound } from "../../../../client/chats/incoming/inbound.ts";
import { openLedger } from "../../../../client/chats/ledger.ts";
import type { Drafts } from "../../../../client/chats/thread/drafts.ts";
import type { Outbound } from "../../../../client/chats/outgoing/outbound.ts";
import type { Typing } from "../../../../client/chats/thread/typing.ts";
import type { QuietMail } from "../../../../client/chats/outgoing/quiet_mail.ts";
import type { OutgoingFiles } from "../../../../client/chats/outgoing/outgoing_files.ts";
import type { Outbox } from "../../../../client/chats/outgoing/outbox.ts";
import { PAGE_MESSAGES, STEP_MESSAGES } from "../../../../client/chats/thread/message_pages.ts";
import { openThread } from "../../../../client/chats/thread/thread.ts";
import type { ResolvedContact } from "../../../../client/contacts/resolve.ts";
import type { MessageRecord, OutboxEntry } from "../../../../client/storage/chat_records.ts";
import { type ChatStorage, createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { NO_FILES, NO_UNWANTED, NO_UPLOADS } from "./fake_blobs.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { isUserError, UserError } from "../../../../client/user_error.ts";
import { makeMail } from "../../../relay/support/events.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const NOW_MS = 1_800_000_000_000;
const nowMs = () => NOW_MS;
const bobSecret = randomBytes(32);
const aliceSecret = randomBytes(32);
const me = primaryOf(bobSecret);
const alice = primaryOf(aliceSecret);

/** A ledger with one accepted peer, over a storage of which parts can be replaced at any time. */
async function setUp() {
  const database = await openDatabase(crypto.randomUUID());
  const storage = createChatStorage({ database, sealer: await createSealer(randomBytes(32)) });
  const broken: Partial<ChatStorage> = {};
  const replaceable = Object.fromEntries(
    Object.keys(storage).map((name) => {
      const method = name as keyof ChatStorage;
      return [name, (...args: never[]) => ((broken[method] ?? storage[method]) as Step)(...args)];
    }),
  ) as unknown as ChatStorage;
  const ledger = await openLedger({ storage: replaceable, nowMs });
  const contact = { handle: "alice", server: "kez.test", relays: [] };
  const conversation = emptyConversation({ primary: alice, state: "accepted", contact, nowMs: 1 });
  await ledger.commit([{ put: "conversation", conversation }]);
  return { database, storage, broken, ledger, [Symbol.dispose]: () => database.close() };
}

type Step = (...args: never[]) => unknown;

function inboundOver({ ledger }: { ledger: Awaited<ReturnType<typeof openLedger>> }) {
  const faults: unknown[] = [];
  const added: OutboxEntry[] = [];
  let isStopped = false;
  const inbound = createInbound({
    ledger,
    outbox: {
      add: (entries) => void added.push(...entries),
      removal: () => [],
      forget() {},
    },
    primary: me,
    identitySecret: bobSecret,
    verifyEd25519,
    nowMs,
    isStopped: () => isStopped,
    onUnconfirmed() {},
    onFault: (error) => faults.push(error),
    onTyping: () => Promise.resolve(),
    pacer: { breathe: () => Promise.resolve() },
  });
  return { inbound, faults, added, stop: () => isStopped = true };
}

function mail(text: string) {
  const message = signMessage({
    id: "ab".repeat(16),
    from: alice,
    fromHandle: null,
    to: me,
    sentAtMs: NOW_MS,
    body: { kind: "text", text },
  }, aliceSecret);
  const createdAtS = NOW_MS / 1000;
  return sealMail(message, { reader: me, kind: KIND.message, createdAtS, randomBytes });
}

Deno.test("an event that fails for an unknown reason is told, counted and not opened again", async () => {
  using kept = await setUp();
  const { inbound, faults } = inboundOver(kept);
  const fault = new TypeError("a bug");
  kept.broken.digestOf = () => Promise.reject(fault);
  const event = await mail("hello");
  assert.equal(event.tags[0]?.[1], addrOf(me));
  await inbound.receive(event, "wss://home.test/");
  assert.deepEqual(faults, [fault]);
  assert.deepEqual(inbound.dropped, { fault: 1 });
  await inbound.receive(event, "wss://home.test/");
  assert.deepEqual(inbound.dropped, { fault: 1 });
});

Deno.test("mail of an unknown envelope version is counted, and not opened again", async () => {
  using kept = await setUp();
  const { inbound, faults } = inboundOver(kept);
  const content = JSON.stringify({ v: 3, enc: "", ct: "" });
  const event = makeMail(addrOf(me), { content });
  for (let i = 0; i < 2; i++) await inbound.receive(event, "wss://home.test/");
  assert.deepEqual(inbound.dropped, { unsupported_version: 1 });
  assert.ok(await kept.storage.isEventSeen(event.id));
  assert.deepEqual(faults, []);
});

Deno.test("an event that the disk did not take, or that comes after the end, has to come again", async () => {
  using kept = await setUp();
  const { inbound, faults, added, stop } = inboundOver(kept);
  kept.broken.commit = () => Promise.reject(new UserError("storage_failed"));
  const event = await mail("hello");
  const isStorage = (error: unknown) => isUserError(error, "storage_failed");
  await assert.rejects(inbound.receive(event, "wss://home.test/"), isStorage);
  delete kept.broken.commit;
  assert.equal(await kept.storage.isEventSeen(event.id), false);
  assert.deepEqual(added, []);
  await inbound.receive(event, "wss://home.test/");
  assert.equal(added.length, 1);
  stop();
  await assert.rejects(inbound.receive(await mail("late"), "wss://home.test/"), isStorage);
  assert.deepEqual(faults, []);
  assert.deepEqual(inbound.dropped, {});
});

Deno.test("an ack is in the outbox before anything else can be written, such as a block", async () => {
  using kept = await setUp();
  const { inbound, added } = inboundOver(kept);
  const event = await mail("hello");
  const addedAtNextWrite = Promise.withResolvers<number>();
  kept.ledger.onCommit(() => {
    kept.ledger.write(() => Promise.resolve(addedAtNextWrite.resolve(added.length)));
  });
  await inbound.receive(event, "wss://home.test/");
  assert.equal(await addedAtNextWrite.promise, 1);
});

Deno.test("a database that is closed is told as a failed storage, for reading too", async () => {
  using kept = await setUp();
  kept.database.close();
  const readings = [
    kept.storage.conversations(),
    kept.storage.outbox(),
    kept.storage.message({ from: alice, id: "ab" }),
    kept.storage.messageOfEvent("ab"),
    kept.storage.newestMessages(alice, { limit: 1 }),
    kept.storage.oldestMessages(alice, 1),
    kept.storage.isEventSeen("ab"),
    kept.storage.takenDigest({ from: alice, id: "ab" }),
    kept.storage.cursor("wss://kez.test/"),
  ];
  for (const { status, reason } of await Promise.allSettled(readings) as PromiseRejectedResult[]) {
    assert.equal(status, "rejected");
    assert.ok(isUserError(reason, "storage_failed"));
  }
});

function messageAt(atMs: number): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id: `${atMs}`,
    from: alice,
    peer: alice,
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

Deno.test("what is deleted while older messages are read does not come back, and what comes is there", async () => {
  using kept = await setUp();
  const { ledger } = kept;
  const messages = Array.from(
    { length: PAGE_MESSAGES + STEP_MESSAGES },
    (_, i) => messageAt(i + 1),
  );
  await ledger.commit(messages.map((message) => ({ put: "message", message })));
  const thread = await openThread({
    ledger,
    outbound: {} as Outbound,
    quietMail: {} as QuietMail,
    outbox: {} as Outbox,
    outgoingFiles: {} as OutgoingFiles,
    uploads: NO_UPLOADS,
    unwantedBlobs: NO_UNWANTED,
    files: NO_FILES,
    drafts: { of: () => "" } as unknown as Drafts,
    typing: { isTyping: () => false, onChange: () => () => {} } as unknown as Typing,
    receipts: { markRead: () => Promise.resolve() },
    owner: { handle: "bob", server: "kez.test", primary: me },
    nowMs: () => 0,
    primary: alice,
  });
  const reading = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  kept.broken.newestMessages = async (...args) => {
    const page = await kept.storage.newestMessages(...args);
    reading.resolve();
    await goOn.promise;
    return page;
  };
  const loading = thread.loadOlder();
  await reading.promise;
  const news = messageAt(1_000);
  const writing = ledger.write(() =>
    ledger.commit([
      { delete: "message", from: alice, id: "3" },
      { put: "message", message: news },
    ])
  );
  goOn.resolve();
  await Promise.all([loading, writing]);
  const expected = [...messages.filter(({ id }) => id !== "3"), news].map(({ id }) => id);
  assert.deepEqual(thread.messages.map(({ id }) => id), expected);
  assert.equal(thread.hasOlder, false);
});

Deno.test("a refresh is not taken for a question under way, and its pause begins when it asks", async () => {
  using kept = await setUp();
  const { ledger } = kept;
  const stranger = primaryOf(randomBytes(32));
  const conversation = emptyConversation({ primary: stranger, state: "accepted", nowMs: 1 });
  await ledger.commit([{ put: "conversation", conversation }]);
  const asked: string[] = [];
  const answers: PromiseWithResolvers<ResolvedContact | null>[] = [];
  const answerLater = (what: string) => {
    asked.push(what);
    const answer = Promise.withResolvers<ResolvedContact | null>();
    answers.push(answer);
    return answer.promise;
  };
  const faults: unknown[] = [];
  const book = createContactBook({
    ledger,
    directory: { resolve: answerLater as Directory["resolve"], lookUpPrimary: answerLater },
    account: { primary: me, server: "kez.test" },
    nowMs,
    onPinned() {},
    onFault: (error) => faults.push(error),
  });
  const confirming = [book.confirm(stranger), book.confirm(stranger)];
  const contact = { handle: "carol", server: "kez.test", relays: [] };
  await ledger.commit([{ put: "conversation", conversation: { ...conversation, contact } }]);
  const refreshing = book.refresh(stranger);
  assert.deepEqual(asked, [stranger, "carol"]);
  answers[0]!.resolve(null);
  answers[1]!.reject(new TypeError("a bug"));
  await Promise.all([...confirming, refreshing]);
  await book.refresh(stranger);
  assert.deepEqual(asked, [stranger, "carol"]);
  assert.equal(faults.length, 1);
});

Deno.test("who was at the home server under its earlier name is asked for at home, once it has another", async () => {
  using kept = await setUp();
  const { ledger } = kept;
  const primary = primaryOf(randomBytes(32));
  const contact = { handle: "carol", server: "old.test", relays: [] };
  const conversation = {
    ...emptyConversation({ primary, state: "accepted", nowMs: 1 }),
    contact,
  };
  await ledger.commit([{ put: "conversation", conversation }]);
  const asked: string[] = [];
  const bookOf = (formerServers?: string[]) =>
    createContactBook({
      ledger,
      directory: {
        resolve(input) {
          asked.push(input);
          const found = { handle: "carol", server: "kez.test", fqhn: "carol@kez.test" };
          const addr = "00".repeat(32);
          return Promise.resolve({
            ...{ ...found, primary, addr, relays: ["wss://kez.test/relay"] },
            ...{ nostr: null, sigchainUrl: null },
          });
        },
        lookUpPrimary: () => Promise.resolve(null),
      },
      account: { primary: me, server: "kez.test", formerServers },
      nowMs,
      onPinned() {},
      onFault: (error) => assert.fail(String(error)),
    });
  await bookOf().confirmAll();
  assert.deepEqual(asked, []);
  await bookOf(["old.test"]).confirmAll();
  await bookOf(["old.test"]).confirmAll();
  assert.deepEqual(asked, ["carol"]);
  assert.deepEqual(ledger.conversation(primary)?.contact, {
    ...{ handle: "carol", server: "kez.test", relays: ["wss://kez.test/relay"] },
  });
});
