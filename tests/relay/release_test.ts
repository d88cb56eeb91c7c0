import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import {
  idsOf,
  makeEvent,
  makeMail,
  makePrivate,
  newPerson,
  nowS,
  randomHex,
} from "./support/events.ts";
import { idsOnDisk } from "./support/disk.ts";
import { publishAll } from "./support/publish.ts";
import { awaitSweep } from "./support/sweep.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";

async function publish(relay: TestRelay, ...events: NostrEvent[]): Promise<void> {
  await using client = await relay.connect();
  await publishAll(client, events);
}

/** What a stopped relay left on disk beside its events: rows of tags that no event has, and whose mail is counted. */
function readStore(dbPath: string): { strayTags: number; heldFor: string[] } {
  const db = new DatabaseSync(dbPath, { readOnly: true });
  try {
    const column = (sql: string) => db.prepare(sql).all().map((row) => Object.values(row)[0]);
    const [strayTags] = column(
      "SELECT count(*) FROM tag WHERE seq NOT IN (SELECT seq FROM event)",
    );
    return {
      strayTags: strayTags as number,
      heldFor: column("SELECT account FROM account_bytes ORDER BY account") as string[],
    };
  } finally {
    db.close();
  }
}

function sorted(...groups: NostrEvent[][]): string[] {
  return idsOf(groups.flat()).sort();
}

Deno.test("removing a reader's mail takes all of it, and nothing else", async () => {
  await using relay = await startTestRelay();
  const reader = relay.member();
  const other = relay.member();
  const at = nowS() - 500;
  const own = [
    // Many of one second, and more than a few steps take.
    ...Array.from({ length: 150 }, () => makeMail(reader.addr, { created_at: at })),
    ...Array.from({ length: 50 }, (_, i) => makeMail(reader.addr, { created_at: at - i })),
    makePrivate(KIND.quiet, reader),
    ...Array.from({ length: 70 }, () => makePrivate(KIND.giftWrap, reader)),
  ];
  const others = [
    ...[KIND.message, KIND.quiet, KIND.giftWrap].map((kind) => makePrivate(kind, other)),
    makePrivate(KIND.directMessage, reader, other.secret),
    makeEvent({ tags: [["q", reader.addr], ["p", reader.pubkey]] }),
    // A key that looks like the addr, and an addr that looks like the key.
    makeEvent({ kind: KIND.giftWrap, tags: [["p", reader.addr]] }),
    makeMail(reader.pubkey),
  ];
  await publish(relay, ...own, ...others);

  relay.removeMail({ addr: reader.addr, nostr: reader.pubkey });
  const later = [makeMail(reader.addr), makePrivate(KIND.giftWrap, reader)];
  await publish(relay, ...later);
  await relay.stop();

  const { strayTags, heldFor } = readStore(relay.dbPath);
  assert.deepEqual(idsOnDisk(relay.dbPath), sorted(others, later));
  assert.equal(strayTags, 0);
  assert.deepEqual(
    heldFor,
    [reader.addr, reader.pubkey, other.addr, other.pubkey, `member ${other.addr}`].sort(),
  );
  assert.ok(relay.logLines.some((line) => line.includes(`"events":${own.length}`)));
  assert.ok(!relay.logLines.some((line) => line.includes(reader.addr)));
});

Deno.test("a reader without a nostr key loses its mail, and keys their wraps never", async () => {
  await using relay = await startTestRelay();
  const reader = newPerson();
  const wrap = makePrivate(KIND.giftWrap, reader);
  await publish(relay, makePrivate(KIND.message, reader), wrap);
  relay.removeMail({ addr: reader.addr, nostr: null });
  await relay.stop();
  assert.deepEqual(idsOnDisk(relay.dbPath), [wrap.id]);
});

Deno.test("several readers' mail is removed, before the relay has stopped", async () => {
  await using relay = await startTestRelay();
  const readers = Array.from({ length: 5 }, () => relay.member());
  await publish(
    relay,
    ...readers.flatMap((reader) => Array.from({ length: 40 }, () => makeMail(reader.addr))),
  );
  for (const { addr, pubkey } of readers) relay.removeMail({ addr, nostr: pubkey });
  await relay.stop();
  assert.deepEqual(idsOnDisk(relay.dbPath), []);
});

Deno.test("mail that is removed comes to its old reader no more, and stays removed", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  const reader = relay.member();
  const mail = makeMail(reader.addr);
  await publish(relay, mail);
  relay.members.release(reader.addr);
  relay.removeMail({ addr: reader.addr, nostr: reader.pubkey });
  relay.members.register(reader.addr, reader.pubkey);
  await relay.stop();
  const { dbPath, members } = relay;
  await using again = await startTestRelay({ policy: "members", dbPath, members });
  await using client = await again.connect();
  await client.auth(reader.secret);
  assert.deepEqual(await client.query({ "#q": [reader.addr] }), []);
});

Deno.test("a start removes mail to addrs that were released, and nothing else", async () => {
  await using relay = await startTestRelay();
  const { dbPath, members } = relay;
  const readers = Array.from({ length: 40 }, () => relay.member());
  const gone = Array.from({ length: 40 }, newPerson);
  const orphaned = [
    ...gone.map(({ addr }) => makeMail(addr)),
    ...Array.from({ length: 100 }, () => makeMail(gone[0]!.addr)),
    makePrivate(KIND.quiet, gone[1]!),
  ];
  const kept = [
    ...readers.map(({ addr }) => makeMail(addr)),
    makeMail(randomHex()),
    makePrivate(KIND.giftWrap, gone[0]!),
    makePrivate(KIND.directMessage, gone[0]!),
    makeEvent({ tags: [["q", gone[0]!.addr]] }),
    makeEvent({ tags: [["q", "not an addr"]] }),
    makeEvent({ tags: [["q"]] }),
    makeEvent({ tags: [["e", randomHex()]] }),
  ];
  await publish(relay, ...orphaned, ...kept);
  await relay.stop();
  assert.equal(idsOnDisk(dbPath).length, orphaned.length + kept.length);

  for (const { addr, pubkey } of gone) {
    members.register(addr, pubkey);
    members.release(addr);
  }
  const { log, swept } = awaitSweep();
  await using again = await startTestRelay({ policy: "members", dbPath, members, log });
  assert.equal(await swept, orphaned.length);
  await again.stop();
  assert.deepEqual(idsOnDisk(dbPath), sorted(kept));
  assert.equal(readStore(dbPath).strayTags, 0);
});

Deno.test("a start under `open` keeps mail to whomever, and sweeps what is too old", async () => {
  let nowMs = Date.now();
  const changes = { nowMs: () => nowMs, retentionS: 3_600 };
  await using relay = await startTestRelay(changes);
  const old = makeMail(randomHex(), { created_at: nowS() - 1_000 });
  const mail = makeMail(randomHex());
  await publish(relay, old, mail);
  await relay.stop();

  nowMs += 3_000_000;
  const { log, swept } = awaitSweep();
  await using again = await startTestRelay({ ...changes, dbPath: relay.dbPath, log });
  assert.equal(await swept, 1);
  await again.stop();
  assert.deepEqual(idsOnDisk(relay.dbPath), [mail.id]);
});
