import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { KIND, type NostrEvent } from "../../../../../protocol/nostr_event.ts";
import { inOrder, openImporter } from "../../../../../server/relay/transfer/importer.ts";
import { openStore } from "../../../../../server/relay/store/store.ts";
import { createFakeMembers } from "../../../../relay/support/fake_members.ts";
import {
  makeEvent,
  makeMail,
  makePrivate,
  newPerson,
  nowS,
} from "../../../../relay/support/events.ts";
import { temporaryFolder } from "../../../../support/command.ts";
import { createTestLog } from "../support.ts";

const HOST = "localhost:6970";
const DAY_S = 86_400;
const members = createFakeMembers();

/** Imports events, or lines as they are. Returns `outcome` or `outcome: reason` of each, in the order of the lines. */
async function importAll(dbPath: string, input: readonly (NostrEvent | string)[]) {
  using importer = openImporter({
    dbPath,
    fsync: "normal",
    members,
    publicUrl: `wss://${HOST}/`,
    retentionS: 30 * DAY_S,
    nowMs: Date.now,
    log: createTestLog(),
  });
  const lines = input.map((line) => typeof line === "string" ? line : JSON.stringify(line));
  const outcomes: string[] = [];
  async function* bytes() {
    yield await Promise.resolve(new TextEncoder().encode(lines.join("\n")));
  }
  await importer.run(bytes(), {
    signal: new AbortController().signal,
    tell: ({ number, outcome, reason }) => {
      outcomes[number - 1] = reason === "" ? outcome : `${outcome}: ${reason}`;
    },
  });
  return outcomes;
}

function rowsOf(dbPath: string, sql: string): unknown[] {
  const db = new DatabaseSync(dbPath, { readOnly: true });
  try {
    return db.prepare(sql).all().map((row) => Object.values(row)[0]);
  } finally {
    db.close();
  }
}

const idsIn = (dbPath: string) =>
  rowsOf(dbPath, "SELECT lower(hex(id)) AS id FROM event ORDER BY seq");

Deno.test("events of anybody and any time past go in, in the order of their lines, and once", async () => {
  await using folder = await temporaryFolder();
  const dbPath = `${folder.path}/relay.db`;
  const notes = Array.from(
    { length: 60 },
    (_, i) => makeEvent({ content: `${i}`, created_at: i * DAY_S }),
  );
  const isProtected = makeEvent({ tags: [["-"]] });
  const events = [...notes, isProtected];
  assert.deepEqual(new Set(await importAll(dbPath, events)), new Set(["imported"]));
  assert.deepEqual(idsIn(dbPath), events.map(({ id }) => id));
  assert.deepEqual(new Set(await importAll(dbPath, events)), new Set(["known"]));
  assert.deepEqual(await importAll(dbPath, ["", JSON.stringify(isProtected), " "]), [, "known"]);
  const [later] = await importAll(dbPath, [makeEvent({ created_at: nowS() + DAY_S })]);
  assert.match(later!, /^refused: .*future/);
});

Deno.test("a wrong line is refused in words, and the others go in", async () => {
  await using folder = await temporaryFolder();
  const dbPath = `${folder.path}/relay.db`;
  const [first, second, third] = [makeEvent(), makeEvent(), makeEvent()];
  const outcomes = await importAll(dbPath, [
    first,
    "{",
    { ...second, content: "changed" },
    { ...second, sig: third.sig },
    { ...first, content: "changed, and its id is here already" },
    makeEvent({ content: "x".repeat(65_536) }),
    "x".repeat(131_073),
    makeMail("a".repeat(64), { tags: [["q", "a".repeat(64)], ["q", "b".repeat(64)]] }),
    makeEvent({ kind: KIND.giftWrap }),
    third,
  ]);
  assert.deepEqual(outcomes, [
    "imported",
    "refused: the line is not JSON",
    "refused: the id is not the hash of the event",
    "refused: the signature is not right",
    "refused: the id is not the hash of the event",
    "refused: the event is larger than 65536 bytes",
    "refused: the line is longer than 131072 bytes",
    "refused: mail has exactly one q tag, with an addr, and besides it at most an expiration",
    "refused: a gift wrap has exactly one p tag",
    "imported",
  ]);
  assert.deepEqual(idsIn(dbPath), [first.id, third.id]);
});

Deno.test("what this relay does not keep is skipped", async () => {
  await using folder = await temporaryFolder();
  const dbPath = `${folder.path}/relay.db`;
  const [author, banned, gone] = [newPerson(), newPerson(), newPerson()];
  const bannedEvent = makeEvent();
  const store = openStore({
    path: dbPath,
    fsync: "normal",
    maxMailboxBytes: 1,
    maxMemberBytes: 1,
    maxDeletions: 1,
  });
  const reason = "";
  store.moderation.put({ list: "banned_key", value: banned.pubkey, reason }, nowS());
  store.moderation.put({ list: "banned_event", value: bannedEvent.id, reason }, nowS());
  store.close();

  const deleted = makeEvent({}, author.secret);
  const old = makeEvent({ kind: 0, created_at: nowS() - 10 }, author.secret);
  const current = makeEvent({ kind: 0 }, author.secret);
  const outcomes = await importAll(dbPath, [
    makeEvent({ kind: KIND.deletion, tags: [["e", deleted.id]] }, author.secret),
    makeEvent({ kind: KIND.vanish, tags: [["relay", `ws://${HOST}/`]] }, gone.secret),
    current,
    deleted,
    makeEvent({}, gone.secret),
    old,
    makeEvent({ tags: [["expiration", String(nowS() - 1)]] }),
    makeMail(author.addr, { created_at: nowS() - 31 * DAY_S }),
    makeEvent({ kind: 20_001 }),
    makeEvent({}, banned.secret),
    bannedEvent,
  ]);
  assert.deepEqual(outcomes, [
    ...["imported", "imported", "imported"],
    ...["deleted", "deleted", "older", "expired", "expired", "ephemeral", "banned", "banned"],
  ]);
});

Deno.test("what came before a removal of it is removed, as its owners are registered", async () => {
  await using folder = await temporaryFolder();
  const dbPath = `${folder.path}/relay.db`;
  const [reader, gone] = [newPerson(), newPerson()];
  members.register(reader.addr, reader.pubkey);
  members.register(gone.addr, gone.pubkey);
  const [mail, kept] = [makeMail(reader.addr), makeMail(reader.addr)];
  const deletion = makeEvent({ kind: KIND.deletion, tags: [["e", mail.id]] }, reader.secret);
  const before = [
    makeEvent({}, gone.secret),
    makeMail(gone.addr),
    makePrivate(KIND.giftWrap, gone),
  ];
  // Made last: it says nothing of what is dated after it.
  const vanish = makeEvent({ kind: KIND.vanish, tags: [["relay", "ALL_RELAYS"]] }, gone.secret);
  const events = [mail, kept, ...before, deletion, vanish];
  assert.deepEqual(new Set(await importAll(dbPath, events)), new Set(["imported"]));
  assert.deepEqual(idsIn(dbPath), [kept.id, deletion.id, vanish.id]);
  assert.deepEqual(rowsOf(dbPath, "SELECT owner FROM vanished WHERE pending = 1"), []);
});

Deno.test("events are charged to whom the relay would charge them, and no share keeps them out", async () => {
  await using folder = await temporaryFolder();
  const dbPath = `${folder.path}/relay.db`;
  const member = newPerson();
  members.register(member.addr, member.pubkey);
  const outcomes = await importAll(dbPath, [
    makeEvent({}, member.secret),
    makeMail(member.addr),
    makeEvent(),
  ]);
  assert.deepEqual(outcomes, ["imported", "imported", "imported"]);
  assert.deepEqual(rowsOf(dbPath, "SELECT account FROM event ORDER BY seq"), [
    `member ${member.addr}`,
    member.addr,
    null,
  ]);
});

Deno.test("of signatures whose checks are stopped half-way, none counts after the first that is missing", async () => {
  const checks = Array.from({ length: 4 }, () => Promise.withResolvers<boolean | null>());
  let asked = 0;
  const verify = inOrder(() => checks[asked++]!.promise);
  const event = { id: "", pubkey: "", sig: "" };
  const verdicts = checks.map(() => verify(event));
  checks[3]!.resolve(true);
  checks[2]!.resolve(false);
  checks[1]!.resolve(null);
  checks[0]!.resolve(true);
  assert.deepEqual(await Promise.all(verdicts), [true, null, null, null]);
});
