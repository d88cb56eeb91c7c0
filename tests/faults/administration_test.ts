import assert from "node:assert/strict";
import { makeAccount, registrationOf } from "../http/support.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

const CODE = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/;

/** Registers somebody over the network. */
async function register(server: KezChat, { handle, invite }: { handle: string; invite?: string }) {
  const document = registrationOf(makeAccount(), {
    handle,
    server: server.server,
    createdAtMs: Date.now(),
  });
  const response = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    body: JSON.stringify({ ...document, invite }),
  });
  return { status: response.status, code: (await response.json()).code };
}

/** A command on the server's data, whether it runs or not. */
async function command(server: KezChat, line: string) {
  const settings = ["--data", server.dataDir, "--server", server.server];
  return await runKezChat([...line.split(" "), ...settings]);
}

const codeIn = (text: string) => CODE.exec(text)?.[0];

Deno.test("an invite server's first start says one link, which lets one person in; no later start says one", async () => {
  await using server = await startKezChat({ flags: ["--registration", "invite"] });
  const { registration } = await (await fetch(`${server.url}/v1/config`)).json();
  assert.equal(registration, "invite");
  const lines = server.logs.split("\n");
  const link = lines.find((line) => line.includes("/i#"))!.trim();
  assert.equal(link, `${server.url}/i#${codeIn(link)}`);
  assert.match(server.logs, /Make more with: kez-chat invite create/);
  // No line of the log has it.
  assert.ok(lines.filter((line) => line.startsWith("{")).every((line) => !CODE.test(line)));

  const refused = { status: 403, code: "invalid_invite" };
  assert.deepEqual(await register(server, { handle: "alice" }), refused);
  const invite = codeIn(link);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, i) => register(server, { handle: `alice-${i}`, invite })),
  );
  assert.deepEqual(answers.filter(({ status }) => status === 201).length, 1);
  assert.deepEqual(answers.filter(({ status }) => status !== 201), Array(7).fill(refused));
  await server.restart();
  assert.equal(server.logs.match(/\/i#/g)?.length, 1);
});

Deno.test("a first start that nobody made use of is the only one that says a link", async () => {
  await using server = await startKezChat({ flags: ["--registration", "invite"] });
  await server.restart();
  assert.equal(server.logs.match(/\/i#/g)?.length, 1);
});

Deno.test("kill -9 while people come by an invite: who is registered has used it, and nobody else has", async () => {
  await using server = await startKezChat({
    flags: ["--registration", "invite", "--rate-limits", "off"],
  });
  const uses = 60;
  const made = await command(server, `invite create --uses ${uses}`);
  const invite = codeIn(made.stdout);
  const id = /invite revoke ([0-9a-f]{12})/.exec(made.stderr)![1]!;
  let answered = 0;
  const half = Promise.withResolvers<void>();
  const coming = Array.from({ length: uses }, async (_, i) => {
    const { status } = await register(server, { handle: `user-${i}`, invite });
    assert.equal(status, 201);
    if (++answered === uses / 3) half.resolve();
  });
  const settled = Promise.allSettled(coming);
  await half.promise;
  await server.kill();
  await settled;
  await server.restart();
  const registered = (await command(server, "handle list")).stdout.split("\n").length - 1;
  assert.ok(registered >= answered && answered >= uses / 3, `${registered}, ${answered}`);
  const { stdout } = await command(server, "invite list");
  const left = new RegExp(`^${id} +(\\d+) of ${uses} `, "m").exec(stdout)?.[1] ?? "0";
  assert.equal(registered + Number(left), uses);
});

Deno.test("invites are made, listed and ended beside the running server and without it", async () => {
  await using server = await startKezChat({ flags: ["--registration", "invite"] });
  const made = await command(server, "invite create --uses 2 --expires 12h");
  assert.equal(made.code, 0, made.stderr);
  const invite = codeIn(made.stdout);
  assert.equal(made.stdout, `${server.url}/i#${invite}\n`);
  assert.match(made.stderr, /It lets in 2 people, until \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
  const id = /invite revoke ([0-9a-f]{12})/.exec(made.stderr)![1]!;
  assert.equal((await register(server, { handle: "alice", invite })).status, 201);
  const listed = await command(server, "invite list");
  assert.match(listed.stdout, /^ID +LEFT +UNTIL\n/);
  assert.match(listed.stdout, new RegExp(`^${id} +1 of 2 +\\S+ \\S+ UTC$`, "m"));
  assert.doesNotMatch(listed.stdout + listed.stderr, CODE);

  assert.equal(await server.stop(), 0);
  assert.equal((await command(server, "invite list")).stdout, listed.stdout);
  const ended = await command(server, `invite revoke ${id}`);
  assert.deepEqual([ended.code, ended.stdout], [0, ""]);
  assert.match(ended.stderr, /It would have let in 1 person more/);
  const offline = codeIn((await command(server, "invite create")).stdout);
  await server.restart();
  assert.equal((await register(server, { handle: "bob", invite })).code, "invalid_invite");
  assert.equal((await register(server, { handle: "bob", invite: offline })).status, 201);
  const again = await command(server, `invite revoke ${id}`);
  assert.deepEqual([again.code, again.stdout], [1, ""]);
  assert.match(again.stderr, /^kez-chat: There is no such open invite/);
});

Deno.test("handles are listed, shown, kept back and taken away beside the running server and without it", async () => {
  await using server = await startKezChat();
  assert.equal((await register(server, { handle: "alice" })).status, 201);
  assert.deepEqual(
    (await command(server, "handle list")).stdout.split("\n")[0]!.split(/ +/).slice(0, 2),
    ["alice", "live"],
  );
  assert.match(
    (await command(server, "handle show ALICE")).stdout,
    /^primary +ed25519:[0-9a-f]{64}$/m,
  );
  const { primary } = await (await fetch(`${server.url}/v1/u/alice`)).json();
  const fromAlice = await command(server, "invite create --from Alice");
  const fingerprint = primary.slice("ed25519:".length).slice(0, 32);
  assert.match(fromAlice.stdout, new RegExp(`/i#${CODE.source}\\.alice\\.${fingerprint}\n$`));
  assert.match(fromAlice.stderr, /Registration is open: nobody needs it here/);
  const fromNobody = await command(server, "invite create --from nobody");
  assert.deepEqual([fromNobody.code, fromNobody.stdout], [1, ""]);
  assert.equal((await command(server, "handle reserve bob")).code, 0);
  assert.deepEqual(await register(server, { handle: "bob" }), {
    status: 400,
    code: "reserved_handle",
  });
  const taken = await command(server, "handle reserve alice");
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /^kez-chat: Somebody has the handle alice/);
  assert.match((await command(server, "handle release alice")).stderr, /alice was taken away/);
  assert.equal((await fetch(`${server.url}/v1/u/alice`)).status, 404);

  assert.equal(await server.stop(), 0);
  assert.match((await command(server, "handle show alice")).stdout, /^state +released/m);
  assert.match((await command(server, "handle list")).stdout, /^bob +reserved$/m);
  assert.equal((await command(server, "handle release bob")).code, 0);
  assert.equal((await command(server, "handle reserve carol")).code, 0);
  for (const name of ["alice", "nobody", "no*name"]) {
    assert.equal((await command(server, `handle release ${name}`)).code, 1, name);
  }
  await server.restart();
  assert.equal((await register(server, { handle: "bob" })).status, 201);
  assert.equal((await register(server, { handle: "carol" })).code, "reserved_handle");
  // It stays with whoever had it.
  assert.equal((await register(server, { handle: "alice" })).code, "handle_taken");
});

Deno.test("commands say what is wrong: a folder that is not there, another name, numbers that are none", async () => {
  await using folder = await temporaryFolder();
  const nowhere = await runKezChat(["invite", "list", "--data", `${folder.path}/none`]);
  assert.deepEqual([nowhere.code, nowhere.stdout], [1, ""]);
  assert.match(nowhere.stderr, /There is no data folder .*\/none\. Name the server's with --data/);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  const wrong: Array<[string, RegExp]> = [
    ["invite create --uses 0", /--uses: "0" is not a number from 1 to 10000/],
    ["invite create --uses 1e3", /--uses: "1e3" is not a number/],
    ["invite create --expires never", /--expires: "never" is not a time from 1m to 3650d/],
    ["invite", /invite: needs create, list or revoke ID behind it/],
    ["invite list --uses 2", /--uses: invite list has no such flag; invite create has/],
    ["handle show", /handle show: needs NAME behind it/],
  ];
  for (const [line, words] of wrong) {
    const { code, stderr } = await runKezChat([...line.split(" "), "--data", folder.path]);
    assert.equal(code, 1, line);
    assert.match(stderr, words);
  }
});
