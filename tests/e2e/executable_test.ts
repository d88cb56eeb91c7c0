import assert from "node:assert/strict";
import { ROOT } from "../../scripts/build_client.ts";
import { compileFault } from "../../scripts/executable/build_executable.ts";
import { runToEnd } from "../../scripts/subprocess.ts";
import { VERSION } from "../../server/version.ts";
import { randomHex } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { startBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/command.ts";
import { buildTestExecutable, COMPILER } from "../support/executable.ts";
import { startKezChat } from "../support/server.ts";
import { acceptRequest, createPeople, expectStatus, message, send, startChat } from "./actions.ts";

/** Largest difference to Deno's bare runtime. (Specification page 8) */
const MAX_ADDED_BYTES = 6e6;

/**
 * The Deno 2.4 that tests compile with waits for connections that have not asked for anything yet, and a browser opens some in
 * advance. The newest ends them (`shutdown_test.ts`).
 */
const SLOW_STOP = `"event":"a step of stopping took too long","step":"http"`;

Deno.test({
  name: "the executable alone, in an empty folder, lets two people chat",
  ignore: COMPILER === null,
  async fn() {
    await using executable = await buildTestExecutable();
    await using server = await startKezChat({ executable: executable.path });
    await using browser = await startBrowser();
    const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
    await startChat(alice, "bob");
    await send(alice, "Hello Bob");
    await acceptRequest(bob, "alice");
    await message(bob, "Hello Bob").waitFor();
    await expectStatus(alice, { text: "Hello Bob", status: "Delivered" });
    await send(bob, "Hello Alice");
    await message(alice, "Hello Alice").waitFor();
    await server.restart();
    await send(alice, "Still there?");
    await message(bob, "Still there?").waitFor();
    // Beside the running server, over its socket.
    const listed = await runToEnd(executable.path, {
      args: ["handle", "list", "--data", server.dataDir],
      cwd: server.dataDir,
    });
    assert.match(listed.output, /^alice +live/m);
    assert.equal(await server.stop(), 0);
    const complaints = server.logs.split("\n").filter((line) =>
      /"level":"(warn|error)"/.test(line) && !line.includes(SLOW_STOP)
    );
    assert.deepEqual(complaints, []);
  },
});

Deno.test({
  name: "two builds of the same sources are the same, small, and say what they were built from",
  ignore: COMPILER === null,
  async fn() {
    await using one = await buildTestExecutable();
    await using other = await buildTestExecutable();
    const [bytes, others] = await Promise.all([one, other].map(({ path }) => Deno.readFile(path)));
    assert.ok(bytes!.every((byte, i) => byte === others![i]) && bytes!.length === others!.length);
    const addedBytes = bytes!.length - (await Deno.stat(COMPILER!.denort)).size;
    assert.ok(addedBytes < MAX_ADDED_BYTES, `${addedBytes} bytes`);
    await using folder = await temporaryFolder();
    const run = new Deno.Command(one.path, { args: ["version"], cwd: folder.path, clearEnv: true });
    const { stdout } = await run.output();
    const said = new TextDecoder().decode(stdout);
    assert.match(said, new RegExp(`^kez-chat ${VERSION.replaceAll(".", "\\.")} \\(\\S+\\)\n$`));
    assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  },
});

Deno.test({
  name: "the other commands are in the executable too",
  ignore: COMPILER === null,
  async fn() {
    await using executable = await buildTestExecutable();
    await using folder = await temporaryFolder();
    await using server = await startKezChat({ executable: executable.path });
    const run = (...args: string[]) => runToEnd(executable.path, { args, cwd: folder.path });
    const bind = ["--bind", new URL(server.url).host.replace("localhost", "127.0.0.1")];
    const given = [...bind, "--server", server.server, "--data", server.dataDir];
    const backup = `${folder.path}/backup`;
    for (
      const args of [
        ["help"],
        ["completions", "bash"],
        ["config", ...given],
        ["health", ...given],
        ["export", ...given],
        ["invite", "create", ...given],
        ["handle", "list", ...given],
        ["backup", backup, ...given],
        ["backup", "--verify", backup],
      ]
    ) {
      const { success, output } = await run(...args);
      assert.ok(success, `${args.join(" ")}: ${output}`);
    }
    const behind = await run("export", "--after", randomHex(), ...given);
    assert.match(behind.output, /--after: there is no event/);
    // Asked without kinds, the relay looks for those that are there.
    await using client = await connectClient(server.relayUrl);
    for (const filter of [{ authors: [randomHex()] }, { "#e": [randomHex()] }]) {
      assert.deepEqual(await client.query(filter), []);
    }
    const ports = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0"];
    const second = await run("serve", ...ports, "--data", server.dataDir);
    assert.equal(second.success, false);
    assert.match(second.output, /is in use by another kez-chat/);
    assert.equal(await server.stop(), 0);
    const restored = await run("restore", backup, "--server", server.server, "--data", "restored");
    assert.ok(restored.success, restored.output);
  },
});

Deno.test("where Deno's runtime cannot be had, compile says so in one line", async () => {
  const compile = (args: string[], env: Record<string, string>) =>
    runToEnd(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "scripts/compile.ts", ...args],
      cwd: ROOT,
      env,
    });
  const missing = await compile([], { DENORT_BIN: "/nowhere/denort", COMPILE_DENO: "" });
  assert.deepEqual(missing, {
    success: false,
    output: "compile: Deno could not compile: Could not find denort at '/nowhere/denort'\n",
  });
  const unknown = await compile(["--target", "amiga"], {});
  assert.equal(unknown.success, false);
  assert.match(unknown.output, /^compile: --target is one of linux-x64, .*\n$/);
});

Deno.test("a download that failed names DENORT_BIN", () => {
  const output =
    "error: Writing deno compile executable\n\nCaused by:\n    0: Setting up base binary.\n" +
    "    1: error sending request for url (https://dl.deno.land/release/v2.9.6/denort-x.zip): dns error";
  assert.match(
    compileFault(output, "linux-arm64"),
    /^Deno's runtime for linux-arm64 .* DENORT_BIN$/,
  );
});
