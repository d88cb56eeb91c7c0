import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { makeEvent, nowS } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { startRelayProcess } from "../support/relay_process.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { randomBytes } from "../support/random_bytes.ts";

const KILLS = 20;
const EVENTS_A_ROUND = 150;
const CONNECTIONS = 3;

/** Publishes until the relay is killed, at a moment drawn from its own answers. Returns what got OK true. */
async function publishUntilKilled(dbPath: string, events: NostrEvent[]): Promise<NostrEvent[]> {
  const relay = await startRelayProcess(dbPath);
  // Each connection comes from an address of its own: rates are not what this is about.
  const clients = await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      (_, i) => connectClient(relay.url, { headers: { "x-forwarded-for": `192.0.2.${i + 1}` } }),
    ),
  );
  const killAfter = Math.floor(Math.random() * (events.length - 10));
  const killed = Promise.withResolvers<void>();
  const acknowledged: NostrEvent[] = [];
  const publish = async (event: NostrEvent, i: number): Promise<void> => {
    const [accepted] = await clients[i % CONNECTIONS]!.publish(event);
    assert.equal(accepted, true);
    acknowledged.push(event);
    if (acknowledged.length === killAfter + 1) killed.resolve(relay.kill());
  };
  const publishing = Promise.allSettled(events.map(publish));
  await killed.promise;
  await publishing;
  for (const client of clients) await client.ended;
  return acknowledged;
}

Deno.test("what got OK true survives kill -9 at random moments, twenty times", async () => {
  const folder = await Deno.makeTempDir({ prefix: "relay-kill-" });
  const dbPath = join(folder, "relay.db");
  const secret = randomBytes(32);
  const acknowledged: NostrEvent[] = [];
  for (let round = 0; round < KILLS; round++) {
    const events = Array.from(
      { length: EVENTS_A_ROUND },
      (_, i) => makeEvent({ content: `${round} ${i}`, created_at: nowS() - round }, secret),
    );
    acknowledged.push(...await publishUntilKilled(dbPath, events));
  }
  assert.ok(acknowledged.length > KILLS);

  const relay = await startRelayProcess(dbPath);
  const client = await connectClient(relay.url);
  for (let at = 0; at < acknowledged.length; at += 200) {
    const expected = acknowledged.slice(at, at + 200);
    const found = await client.query({ ids: expected.map(({ id }) => id) });
    const byId = new Map(found.map((event) => [event.id, event]));
    for (const event of expected) assert.deepEqual(byId.get(event.id), event);
  }
  await client[Symbol.asyncDispose]();
  await relay.stop();

  const db = new DatabaseSync(dbPath, { readOnly: true });
  assert.deepEqual(db.prepare("PRAGMA integrity_check").all().map((row) => row.integrity_check), [
    "ok",
  ]);
  const orphans = "SELECT count(*) AS n FROM tag WHERE seq NOT IN (SELECT seq FROM event)";
  assert.equal(db.prepare(orphans).get()!.n, 0);
  db.close();
  await Deno.remove(folder, { recursive: true });
});
