import assert from "node:assert/strict";
import { makeEvent, nowS } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { healthOf, lookUp, registerMember } from "../support/members.ts";
import { runPiped } from "../support/piped_command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { randomBytes } from "../support/random_bytes.ts";

const FLAGS = ["--relay-policy", "open", "--rate-limits", "off"];
const PAGE_BYTES = 4_096;
const TABLE_LEAF = 0x0d;
const DAMAGED_LEAVES = 4;
const CURE = 'It is damaged; docs/operations.md, "A damaged database", says what is left to do.';

/** Turns over the bytes of some pages of a stopped server's file. */
function damage(path: string, pages: readonly number[]): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const page = new Uint8Array(PAGE_BYTES);
  for (const number of pages) {
    file.seekSync(number * PAGE_BYTES, Deno.SeekMode.Start);
    file.readSync(page);
    file.seekSync(number * PAGE_BYTES, Deno.SeekMode.Start);
    file.writeSync(page.map((byte) => byte ^ 0x5a));
  }
}

const pagesOf = (path: string) => Deno.statSync(path).size / PAGE_BYTES;
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** The pages that hold rows of tables. (SQLite's file format, 1.6) */
function leavesOf(path: string): number[] {
  const file = Deno.readFileSync(path);
  return range(1, pagesOf(path)).filter((page) => file[page * PAGE_BYTES] === TABLE_LEAF);
}

/** Why the server does not start; it must say so in one line, and by nothing else. */
async function refusalOf(server: KezChat): Promise<string> {
  const error = await server.restart().then(() => null, (error: Error) => error);
  assert.ok(error, "It started.");
  assert.doesNotMatch(error.message, /panic/i);
  const line = error.message.split("\n").findLast((line) => line.includes("cannot start"));
  return JSON.parse(line ?? assert.fail(error.message)).reason;
}

async function backUp({ dataDir, server }: KezChat, file: string) {
  return await runKezChat(["backup", file, "--data", dataDir, "--server", server]);
}

Deno.test("a damaged database of the registry is told in words and left alone; a backup brings it back", async () => {
  await using server = await startKezChat({ flags: FLAGS });
  const path = `${server.dataDir}/kez-chat.db`;
  const file = `${server.dataDir}/../${crypto.randomUUID()}.backup`;
  for (const handle of ["alice", "bob", "carol"]) await registerMember(server, handle);
  assert.equal(await server.stop(), 0);
  assert.equal((await backUp(server, file)).code, 0);
  const whole = Deno.readFileSync(path);
  const last = pagesOf(path);
  for (const pages of [[0], range(1, 8), range(8, last)]) {
    Deno.writeFileSync(path, whole);
    damage(path, pages);
    const damaged = Deno.readFileSync(path);
    const reason = await refusalOf(server);
    assert.ok(reason.startsWith(`The database ${path} cannot be opened: `), reason);
    assert.ok(reason.endsWith(CURE), reason);
    assert.deepEqual(Deno.readFileSync(path), damaged);
  }
  const name = ["--data", server.dataDir, "--server", server.server];
  const restored = await runKezChat(["restore", file, "--force", ...name]);
  assert.equal(restored.code, 0, restored.stderr);
  await Deno.remove(file);
  await server.restart();
  assert.equal(await lookUp(server, "bob"), 200);
  assert.equal(await server.stop(), 0);
});

async function publishNotes({ relayUrl }: KezChat, secret: Uint8Array): Promise<NostrEvent[]> {
  await using client = await connectClient(relayUrl);
  const notes = Array.from(
    { length: 200 },
    (_, i) => makeEvent({ content: `${i} ${"x".repeat(2_000)}`, created_at: nowS() - i }, secret),
  );
  const answers = await Promise.all(notes.map((note) => client.publish(note)));
  assert.ok(answers.every(([isTaken]) => isTaken));
  return notes;
}

/** Brings what can be read of a damaged `relay.db` into a folder of its own, by `export` and `import`. */
async function moveWhole(
  { dataDir, server }: KezChat,
  notes: readonly NostrEvent[],
): Promise<void> {
  await using folder = await temporaryFolder();
  const out = await runKezChat(["export", "--data", dataDir]);
  assert.equal(out.code, 1);
  assert.match(out.stderr, /relay\.db is damaged: what lies in \d of its places is not among them/);
  const lines = out.stdout.trimEnd().split("\n");
  assert.ok(lines.length >= notes.length - 2 * DAMAGED_LEAVES, `${lines.length}`);
  await Deno.copyFile(`${dataDir}/kez-chat.db`, `${folder.path}/kez-chat.db`);
  const into = ["import", "--data", folder.path, "--server", server];
  const { code, stderr } = await runPiped(into, out.stdout);
  assert.equal(code, 0, stderr);
}

Deno.test("a damaged page of the relay's database takes along what lies on it alone: the rest is served, and the fault is told", async () => {
  await using server = await startKezChat({ flags: FLAGS });
  const path = `${server.dataDir}/relay.db`;
  const notes = await publishNotes(server, randomBytes(32));
  await registerMember(server, "alice");
  assert.equal(await server.stop(), 0);
  const leaves = leavesOf(path);
  damage(path, leaves.slice(leaves.length / 2, leaves.length / 2 + DAMAGED_LEAVES));

  await server.restart();
  {
    await using client = await connectClient(server.relayUrl);
    const kept: NostrEvent[] = [];
    for (const { id } of notes) kept.push(...await client.query({ ids: [id] }).catch(() => []));
    // Two of these events share a page.
    const lost = notes.length - kept.length;
    assert.ok(lost > 0 && lost <= 2 * DAMAGED_LEAVES, `${lost} are lost`);
    await assert.rejects(
      client.query({ authors: [notes[0]!.pubkey] }),
      /error: the events could not be read/,
    );
  }
  assert.equal((await healthOf(server)).status, 200);
  assert.equal(await lookUp(server, "alice"), 200);
  assert.match(
    server.logs,
    /"relay\.scan_failed","reason":"[^"]*malformed","hint":"It is damaged;/,
  );
  const backup = await backUp(server, `${server.dataDir}/../no.backup`);
  assert.equal(backup.code, 1);
  assert.match(backup.stderr, /relay\.db cannot be copied .*restore an earlier backup/);
  assert.equal(await server.stop(), 0);

  await moveWhole(server, notes);

  damage(path, [0]);
  const reason = await refusalOf(server);
  assert.equal(
    reason,
    `The database ${path} cannot be opened: Error: file is not a database. ${CURE}`,
  );
});
