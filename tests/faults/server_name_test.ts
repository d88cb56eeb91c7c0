import assert from "node:assert/strict";
import { makeAccount, registrationOf } from "../http/support.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

async function register(server: KezChat, handle: string): Promise<number> {
  const document = registrationOf(makeAccount(), {
    handle,
    server: server.server,
    createdAtMs: Date.now(),
  });
  const response = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(document),
  });
  await response.body?.cancel();
  return response.status;
}

Deno.test("a server keeps the name that its first registration is signed for", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  const ports = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0"];
  const name = await (async () => {
    await using unused = await startKezChat({ dataDir });
    assert.equal(await unused.stop(), 0);
    // Nobody registered: any name is as good.
    await using server = await startKezChat({ dataDir });
    assert.equal(await register(server, "alice"), 201);
    assert.equal(await server.stop(), 0);
    return server.server;
  })();

  const args = [...ports, "--data", dataDir, "--server", "other.example"];
  const { code, stdout, stderr } = await runKezChat(args);
  assert.deepEqual([code, stderr], [1, ""]);
  const { event, reason } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
  assert.equal(event, "kez-chat cannot start");
  assert.equal(
    reason,
    `The registrations in ${dataDir}/kez-chat.db are signed for ${name}, and this start is for ` +
      `other.example. Start with --server ${name}, choose another folder with --data, or give the ` +
      "server its new name: kez-chat server rename other.example",
  );

  await using again = await startKezChat({ dataDir, flags: ["--server", name] });
  const found = await fetch(`${again.url}/v1/u/alice`);
  assert.equal(found.status, 200);
  assert.equal((await found.json()).fqhn, `alice@${name}`);
});

Deno.test("a database that cannot be opened is told about in words", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/text.db`, "this is no database, but a long enough text");
  const ports = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0"];
  const [text, nowhere] = [`${folder.path}/text.db`, `${folder.path}/nowhere/kez-chat.db`];
  const cases = [
    [text, `The database ${text} cannot be opened: `],
    [nowhere, `The folder of the database cannot be written: ${nowhere}.lock `],
  ] as const;
  for (const [db, words] of cases) {
    const args = [...ports, "--data", `${folder.path}/data`, "--db", db];
    const { code, stdout, stderr } = await runKezChat(args);
    assert.deepEqual([code, stderr], [1, ""]);
    const { reason } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assert.ok(reason.startsWith(words), reason);
  }
});

Deno.test("a renamed server starts under its new name alone, keeps its people, and takes their new signatures", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  const alice = makeAccount();
  const rename = (name: string) => runKezChat(["server", "rename", name, "--data", dataDir]);
  assert.match((await rename("new.example")).stderr, /There is no .*kez-chat\.db/);
  const name = await (async () => {
    await using server = await startKezChat({ dataDir });
    assert.match((await rename("new.example")).stderr, /is in use by another kez-chat/);
    const document = registrationOf(alice, {
      ...{ handle: "alice", server: server.server, createdAtMs: Date.now() - 1_000 },
    });
    const body = JSON.stringify(document);
    const answer = await fetch(`${server.url}/v1/register`, { method: "POST", body });
    assert.equal(answer.status, 201, await answer.text());
    assert.equal(await server.stop(), 0);
    return server.server;
  })();
  assert.match((await rename("https://new.example/")).stderr, /is a URL; give the host name alone/);
  assert.match((await rename(name)).stderr, /Its name is localhost:\d+ already\./);
  const { code, stdout, stderr } = await rename("New.Example");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    stdout,
    /^renamed from localhost:\d+ to new\.example: start it with --server new\.example\n1 reg/,
  );

  await using server = await startKezChat({ dataDir, flags: ["--server", "new.example"] });
  const found = async () => await (await fetch(`${server.url}/v1/u/alice`)).json();
  const before = await found();
  assert.deepEqual([before.fqhn, before.registration.payload.server], ["alice@new.example", name]);
  const renewed = registrationOf(alice, {
    ...{ handle: "alice", server: "new.example", createdAtMs: Date.now() },
  });
  const body = JSON.stringify(renewed);
  const answer = await fetch(`${server.url}/v1/u/alice`, { method: "PUT", body });
  assert.equal(answer.status, 200, await answer.text());
  const after = await found();
  assert.deepEqual(after.registration, renewed);
  assert.equal(after.registered_at, before.registered_at);
});
