import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { addrOf } from "../../protocol/addr.ts";
import { KIND } from "../../protocol/nostr_event.ts";
import { openEventReader } from "../../server/relay/store/event_reader.ts";
import { openStore } from "../../server/relay/store/store.ts";
import { ROOT } from "../../scripts/build_client.ts";
import { SERVER_PERMISSIONS } from "../../scripts/server_permissions.ts";
import { makeAccount, registrationOf } from "../http/support.ts";
import { makeEvent, makeMail, randomHex } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { type PipedCommand, runPiped, startCommand } from "../support/piped_command.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import { fakeEvent, insertAll } from "../unit/server/relay/support.ts";
import { randomBytes } from "../support/random_bytes.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Signed events, one a line as NIP-01 names their members. */
function makeLines(count: number): string[] {
  const secret = randomBytes(32);
  const addr = randomHex();
  return Array.from({ length: count }, (_, i) => {
    const { id, pubkey, created_at, kind, tags, content, sig } = i % 3 === 0
      ? makeMail(addr)
      : makeEvent({ content: `${i} 🎉`, tags: [["t", `${i % 7}`]] }, secret);
    return `${JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig })}\n`;
  });
}

const idOf = (line: string): string => JSON.parse(line).id;

async function exportOf(dataDir: string): Promise<string> {
  const { code, stdout, stderr } = await runKezChat(["export", "--data", dataDir]);
  const events = stdout.split("\n").length - 1;
  assert.deepEqual([code, stderr], [0, `kez-chat: ${events} events, sha256 ${sha256(stdout)}\n`]);
  return stdout;
}

/** Waits until an import has committed at least as many events. @throws Error where it ends before that */
async function untilImported(
  { child }: PipedCommand,
  { dataDir, events }: { dataDir: string; events: number },
): Promise<void> {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver && countUpTo(events, dataDir) < events) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const end = child.status.then(({ code }) => {
    throw new Error(`The import ended with ${code} before it had ${events} events.`);
  });
  await within(Promise.race([look(), end]), { what: `${events} imported events` })
    .finally(() => isOver = true);
}

function countUpTo(max: number, dataDir: string): number {
  try {
    using reader = openEventReader(join(dataDir, "relay.db"));
    return reader.after(0, max).length;
  } catch (error) {
    // There is no database yet.
    if (error instanceof Error && error.name === "StartFault") return 0;
    throw error;
  }
}

Deno.test("what is exported goes into an empty folder and comes out the same, line by line", async () => {
  await using folder = await temporaryFolder();
  const [first, second] = [`${folder.path}/first`, `${folder.path}/second`];
  const lines = makeLines(300);
  const input = lines.join("");
  const done = {
    code: 0,
    stdout: `imported 300, already here 0, refused 0, skipped 0\nsha256 ${sha256(input)}\n`,
    stderr: "",
  };
  assert.deepEqual(await runPiped(["import", "--data", first], input), done);
  assert.equal(await exportOf(first), input);
  assert.deepEqual(await runPiped(["import", "--data", second], await exportOf(first)), done);
  assert.equal(await exportOf(second), input);

  const after = await runKezChat(["export", "--data", first, "--after", idOf(lines[297]!)]);
  assert.deepEqual([after.code, after.stdout], [0, lines.slice(298).join("")]);
  const unknown = await runKezChat(["export", "--data", first, "--after", randomHex()]);
  assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
  assert.match(unknown.stderr, /^kez-chat: --after: there is no event .* leave --after out\.\n$/);
});

Deno.test("an import that is killed or stopped half-way is finished by running it again", async () => {
  await using folder = await temporaryFolder();
  const args = ["import", "--data", folder.path];
  const lines = makeLines(400);
  await using killed = startCommand(args);
  await killed.write(lines.slice(0, 200).join(""));
  await untilImported(killed, { dataDir: folder.path, events: 50 });
  await killed.kill("SIGKILL");

  await using stopped = startCommand(args);
  await stopped.write(lines.slice(0, 300).join(""));
  await untilImported(stopped, { dataDir: folder.path, events: 210 });
  const { code, stdout, stderr } = await stopped.kill("SIGINT");
  assert.equal(code, 130);
  assert.match(stdout, /^imported \d+, already here \d+, refused 0, skipped 0\n$/);
  assert.match(stderr, /^kez-chat: stopped\. What was imported stays; run it again .*\n$/);

  const again = await runPiped(args, lines.join(""));
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  const [, imported, known] = /^imported (\d+), already here (\d+), /.exec(again.stdout)!;
  assert.equal(Number(imported) + Number(known), 400);
  assert.ok(Number(known) >= 210);
  assert.equal(await exportOf(folder.path), lines.join(""));
});

Deno.test("wrong lines are told with their numbers, and the exit code says that there were some", async () => {
  await using folder = await temporaryFolder();
  const [first, second] = makeLines(2) as [string, string];
  const forged = second.replace(/"sig":"[^"]+"/, `"sig":"${"0".repeat(128)}"`);
  const input = `${first}no event\n${forged}`;
  const { code, stdout, stderr } = await runPiped(["import", "--data", folder.path], input);
  assert.equal(code, 1);
  assert.match(stdout, /^imported 1, already here 0, refused 2, skipped 0\nsha256 [0-9a-f]{64}\n$/);
  assert.deepEqual(stderr.trimEnd().split("\n").toSorted(), [
    "kez-chat: line 2: the line is not JSON",
    "kez-chat: line 3: the signature is not right",
  ]);
  assert.equal(await exportOf(folder.path), first);
});

Deno.test("a running server gives what was imported, is exported beside, and refuses an import", async () => {
  await using folder = await temporaryFolder();
  const lines = makeLines(30);
  await runPiped(["import", "--data", folder.path], lines.join(""));
  await using server = await startKezChat({ dataDir: folder.path });
  await using client = await connectClient(server.relayUrl);
  const ids = [idOf(lines[1]!), idOf(lines[2]!)];
  const found = await client.query({ ids });
  assert.deepEqual(found.map(({ id }) => id).toSorted(), ids.toSorted());

  assert.equal(await exportOf(folder.path), lines.join(""));
  const { code, stdout, stderr } = await runPiped(["import", "--data", folder.path], "");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    `kez-chat: ${folder.path} is in use by another kez-chat (process ${server.pid}). ` +
      "Stop that one first, or choose another folder with --data.\n",
  );
});

Deno.test("an import knows who is registered, and wants the name that they are registered at", async () => {
  await using folder = await temporaryFolder();
  const alice = makeAccount();
  const name = await (async () => {
    await using server = await startKezChat({ dataDir: folder.path });
    const registration = { handle: "alice", server: server.server, createdAtMs: Date.now() };
    const body = JSON.stringify(registrationOf(alice, registration));
    const response = await fetch(`${server.url}/v1/register`, { method: "POST", body });
    assert.equal(response.status, 201, await response.text());
    assert.equal(await server.stop(), 0);
    return server.server;
  })();
  const mail = makeMail(addrOf(alice.primary));
  const deletion = { kind: KIND.deletion, tags: [["e", mail.id]] };
  const events = [mail, makeEvent(deletion, alice.nostrSecret)];
  const input = events.map((event) => `${JSON.stringify(event)}\n`).join("");
  const args = ["import", "--data", folder.path];
  const other = await runPiped([...args, "--server", "other.example"], input);
  assert.deepEqual([other.code, other.stdout], [1, ""]);
  assert.match(other.stderr, new RegExp(`are signed for ${name}, .* --server ${name}`));
  const { code, stdout } = await runPiped([...args, "--server", name], input);
  assert.equal(code, 0, stdout);
  assert.deepEqual((await exportOf(folder.path)).trimEnd().split("\n").map(idOf), [events[1]!.id]);
});

Deno.test("an export without a database creates none; one that nobody reads to its end is silent", async () => {
  await using folder = await temporaryFolder();
  const none = await runKezChat(["export", "--data", `${folder.path}/none`]);
  assert.deepEqual([none.code, none.stdout], [1, ""]);
  assert.match(
    none.stderr,
    /^kez-chat: There is no .*relay\.db: no relay has kept anything there\./,
  );
  assert.throws(() => Deno.statSync(`${folder.path}/none`), Deno.errors.NotFound);

  const [path, limits] = [`${folder.path}/relay.db`, {
    maxMailboxBytes: 1e9,
    maxMemberBytes: 1e9,
    maxDeletions: 1e9,
  }];
  const store = openStore({ path, fsync: "normal", ...limits });
  // More than a pipe holds.
  insertAll(store, Array.from({ length: 300 }, () => fakeEvent({ content: "x".repeat(1000) })));
  store.close();
  const command = [Deno.execPath(), "run", "--quiet", ...SERVER_PERMISSIONS, "main.ts", "export"];
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", '"$0" "$@" | head -n 1; exit ${PIPESTATUS[0]}', ...command, "--data", folder.path],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assert.deepEqual([code, new TextDecoder().decode(stderr)], [141, ""]);
  assert.match(new TextDecoder().decode(stdout), /^\{"id":.*\}\n$/);
});

Deno.test({
  name: "ten thousand large events are imported in bounded memory",
  // Elsewhere nobody tells how much memory another process had at most.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await temporaryFolder();
    const distinct = Array.from(
      { length: 100 },
      (_, i) => `${JSON.stringify(makeEvent({ content: `${i} ${"x".repeat(40_000)}` }))}\n`,
    ).join("");
    await using command = startCommand(["import", "--data", folder.path]);
    for (let i = 0; i < 100; i++) await command.write(distinct);
    const status = Deno.readTextFileSync(`/proc/${command.child.pid}/status`);
    const { code, stdout } = await command.finish();
    assert.equal(code, 0);
    assert.match(stdout, /^imported 100, already here 9900, refused 0, skipped 0\n/);
    const peakMiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
    const inputMiB = 100 * distinct.length / 1024 ** 2;
    assert.ok(peakMiB < inputMiB, `${peakMiB} MiB for an input of ${inputMiB} MiB`);
  },
});
