import assert from "node:assert/strict";
import { connectControl } from "../../../../server/control/control_client.ts";
import type { ControlCalls } from "../../../../server/control/control_calls.ts";
import { MAX_LINE_BYTES } from "../../../../server/control/control_lines.ts";
import { openControlSocket } from "../../../../server/control/control_socket.ts";
import { createLog } from "../../../../server/log.ts";
import { StartFault } from "../../../../server/start_fault.ts";
import { temporaryFolder } from "../../../support/command.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";

/** A socket with calls, in a folder of its own. */
async function openTestSocket(calls: ControlCalls = {}) {
  const folder = await temporaryFolder();
  const logs: string[] = [];
  const write = (line: string) => void logs.push(line);
  const log = createLog({ level: "info", format: "text", write, nowMs: () => 0 });
  const open = () => openControlSocket({ dataDir: folder.path, calls, log });
  const socket = open();
  return {
    dataDir: folder.path,
    path: `${folder.path}/control.sock`,
    logs,
    socket,
    async [Symbol.asyncDispose]() {
      socket?.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What comes back for bytes, a character each. */
async function talk(path: string, text: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path });
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
  await connection.closeWrite();
  return await new Response(connection.readable).text();
}

/** Leaves a socket that nobody listens at, as a crash does. */
function leaveSocket(path: string): void {
  const listener = Deno.listen({ transport: "unix", path: `${path}.made` });
  Deno.renameSync(`${path}.made`, path);
  listener.close();
}

Deno.test("a call is asked by name, and answers with its result", async () => {
  await using served = await openTestSocket({
    "sum": (params) => Promise.resolve((params as number[]).reduce((a, b) => a + b)),
    "nothing": () => Promise.resolve(undefined),
  });
  using control = (await connectControl(served.dataDir))!;
  assert.equal(await control.ask("sum", [1, 2]), 3);
  assert.equal(await control.ask("nothing"), null);
  assert.equal(await control.ask("sum", [4]), 4);
});

Deno.test("a long answer comes in parts, no faster than they are taken", async () => {
  let sent = 0;
  await using served = await openTestSocket({
    async "count"(params, { send }) {
      for (; sent < (params as number); sent++) await send("x".repeat(60_000));
      return sent;
    },
  });
  using control = (await connectControl(served.dataDir))!;
  let taken = 0;
  let mostAhead = 0;
  const result = await control.ask("count", 500, () => {
    mostAhead = Math.max(mostAhead, sent - ++taken);
  });
  assert.deepEqual([result, taken], [500, 500]);
  assert.ok(mostAhead < 50, `${mostAhead} parts ahead`);
});

Deno.test("a refusal comes with its words; a fault of the server without its own, which are logged", async () => {
  await using served = await openTestSocket({
    "refuse": () => Promise.reject(new StartFault("Nobody has this name.")),
    "fail": () => Promise.reject(new Error("secret of the inside")),
  });
  using control = (await connectControl(served.dataDir))!;
  await assert.rejects(control.ask("refuse"), new StartFault("Nobody has this name."));
  await assert.rejects(control.ask("fail"), /^StartFault: The running server could not do it/);
  await assert.rejects(control.ask("toString"), /is of another version/);
  assert.equal(served.logs.length, 1);
  assert.match(served.logs[0]!, /control.call_failed call=fail .*secret of the inside/);
});

Deno.test("a program that ends its side after the request still gets the answer", async () => {
  await using served = await openTestSocket({ "name": () => Promise.resolve("kez") });
  assert.equal(await talk(served.path, '{"call":"name"}\n'), '{"result":"kez"}\n');
  assert.equal(
    await talk(served.path, '{"call":"name"}\n{"call":"name"}\n'),
    '{"result":"kez"}\n{"result":"kez"}\n',
  );
  assert.equal(await talk(served.path, '{"call":"name"'), "");
});

Deno.test("what is no request is refused, and too long a line or too many at once end the connection", async () => {
  const never = Promise.withResolvers<void>();
  await using served = await openTestSocket({ "wait": () => never.promise });
  for (const text of ["x", "[]", "null", '{"call":5}', "{}"]) {
    assert.match(await talk(served.path, `${text}\n`), /^\{"refusal":/, text);
  }
  const tooLong = `{"call":"wait","params":"${"x".repeat(MAX_LINE_BYTES)}"}\n`;
  for (const text of [tooLong, '{"call":"wait"}\n'.repeat(5), "\xff\n".repeat(2)]) {
    const answer = await talk(served.path, text).catch((error) => {
      assert.ok(error instanceof Error);
      return "";
    });
    assert.ok(answer === "" || answer.startsWith('{"refusal"'), answer);
  }
  never.resolve();
});

for (const seed of fuzzSeeds(5)) {
  Deno.test(`whatever bytes come, the next caller is answered (seed ${seed})`, async () => {
    const random = createRandom(seed);
    await using served = await openTestSocket({ "ping": () => Promise.resolve(1) });
    const pieces = [
      "\n",
      "{",
      '{"call":"ping"}\n',
      '{"call":',
      "\xff\xfe",
      "\0",
      "[".repeat(5_000),
      "x",
    ];
    for (let i = 0; i < 20; i++) {
      const text = Array.from({ length: random.int(40) }, () => random.pick(pieces)).join("");
      // Cut off, or answered line by line.
      await talk(served.path, text).catch((error) => assert.ok(error instanceof Error));
    }
    using control = (await connectControl(served.dataDir))!;
    assert.equal(await control.ask("ping"), 1);
    assert.deepEqual(served.logs, []);
  });
}

Deno.test("a call is told when its caller is gone", async () => {
  const gone = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  await using served = await openTestSocket({
    "hold": (_, { signal }) => {
      signal.addEventListener("abort", () => gone.resolve());
      begun.resolve();
      return gone.promise;
    },
  });
  const control = (await connectControl(served.dataDir))!;
  const cutOff = assert.rejects(control.ask("hold"));
  await begun.promise;
  control[Symbol.dispose]();
  await Promise.all([gone.promise, cutOff]);
});

Deno.test("more connections than a few are turned away with words", async () => {
  await using served = await openTestSocket({ "ping": () => Promise.resolve(1) });
  const open = [];
  for (let i = 0; i < 8; i++) {
    const control = (await connectControl(served.dataDir))!;
    await control.ask("ping");
    open.push(control);
  }
  using late = (await connectControl(served.dataDir))!;
  await assert.rejects(late.ask("ping"), /^StartFault: (Other commands|The server ended)/);
  for (const control of open) control[Symbol.dispose]();
});

Deno.test("the socket is for its owner alone, replaces one that a crash left, and goes with the server", async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/control.sock`;
  // A crash leaves the socket, and perhaps the folder in which it is made.
  leaveSocket(path);
  Deno.mkdirSync(`${folder.path}/.control`);
  Deno.writeTextFileSync(`${folder.path}/.control/sck`, "");
  const log = createLog({ level: "info", format: "text", write: () => {}, nowMs: () => 0 });
  const socket = openControlSocket({ dataDir: folder.path, calls: {}, log })!;
  assert.equal(Deno.lstatSync(path).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["control.sock"]);
  socket.stop();
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  assert.equal(await connectControl(folder.path), null);
});

Deno.test("where nobody listens any more there is no connection; where no socket can be, the server does without", async () => {
  await using folder = await temporaryFolder();
  leaveSocket(`${folder.path}/control.sock`);
  assert.equal(await connectControl(folder.path), null);
  const deep = `${folder.path}/${"d".repeat(120)}`;
  Deno.mkdirSync(deep);
  const logs: string[] = [];
  const write = (line: string) => void logs.push(line);
  const log = createLog({ level: "info", format: "text", write, nowMs: () => 0 });
  assert.equal(openControlSocket({ dataDir: deep, calls: {}, log }), null);
  assert.match(logs.join(""), /commands cannot reach this server while it runs .*shorter path/);
  assert.equal(await connectControl(deep), null);
});
