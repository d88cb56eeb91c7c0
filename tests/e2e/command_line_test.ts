import assert from "node:assert/strict";
import { COMMANDS } from "../../server/admin/commands.ts";
import { OPTION_NAMES } from "../../server/config_options.ts";
import { VERSION } from "../../server/version.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";

const FREE_PORTS = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0"];

Deno.test("version prints the version, help every command", async () => {
  for (const args of [["version"], ["--version"], ["-V"]]) {
    assert.deepEqual(await runKezChat(args), {
      code: 0,
      stdout: `kez-chat ${VERSION}\n`,
      stderr: "",
    });
  }
  for (const args of [["help"], ["--help"], ["help", "serve"], ["health", "-h"]]) {
    const { code, stdout, stderr } = await runKezChat(args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /Usage: kez-chat/);
  }
  const { stdout } = await runKezChat(["help"]);
  for (const command of Object.keys(COMMANDS)) assert.ok(stdout.includes(`  ${command} `), command);
});

Deno.test("config prints each value with where it came from", async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/kez-chat.json`;
  await Deno.writeTextFile(file, '{"server":"kez.lat","retention":"12h"}');
  const env = { KEZ_CHAT_CONFIG: file, KEZ_CHAT_RETENTION: "7d" };
  const { code, stdout, stderr } = await runKezChat(["config", "--bind", ":8080"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const lines = stdout.trimEnd().split("\n").map((line) => line.replace(/ +/g, " "));
  assert.ok(lines.includes("bind 0.0.0.0:8080 (flag --bind)"), stdout);
  assert.ok(lines.includes("retention 7d (environment KEZ_CHAT_RETENTION)"), stdout);
  assert.ok(lines.includes(`server kez.lat (file ${file})`), stdout);
  assert.ok(lines.includes("registration invite (default)"), stdout);
  assert.equal(lines.length, OPTION_NAMES.filter((name) => name !== "config").length);
});

Deno.test("commands with settings refuse what is wrong: every fault, exit code 1, no stack", async () => {
  const wrong = ["--bnd", "x", "--bind", "y", "--relays", "ws://nos.lol"];
  for (const command of ["serve", "config", "health", "export", "import"]) {
    const env = { KEZ_CHAT_FSYNC: "often" };
    const { code, stdout, stderr } = await runKezChat([command, ...wrong], { env });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.deepEqual(stderr.trimEnd().split("\n").map((line) => line.split(": ", 2)), [
      ["kez-chat", "--bnd"],
      ["kez-chat", "KEZ_CHAT_FSYNC"],
      ["kez-chat", "--bind"],
      ["kez-chat", "--relays"],
      ["kez-chat", "help lists the commands and the settings"],
    ]);
    assert.doesNotMatch(stderr, /\bat |\.ts|Uncaught/);
  }
  const unknown = await runKezChat(["sevre"]);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /sevre: there is no such command; did you mean serve\?/);
});

Deno.test("a misspelt variable is found where the environment may be listed", async () => {
  const env = { KEZ_CHAT_RETENTOIN: "1d" };
  const { code, stderr } = await runKezChat(["config"], { env, denoFlags: ["-A"] });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /KEZ_CHAT_RETENTOIN: there is no such setting; did you mean KEZ_CHAT_RETENT/,
  );
});

Deno.test("a server on free ports says where it listens, and health tells that it is well until it is gone", async () => {
  await using server = await startKezChat();
  const bind = server.url.replace("http://localhost", "127.0.0.1");
  assert.deepEqual(await runKezChat(["health", "--bind", bind]), {
    code: 0,
    stdout: `ok: ${server.server}, version ${VERSION}\n`,
    stderr: "",
  });
  const listening = server.logs.split("\n").find((line) => line.includes('"event":"listening"'))!;
  const { url, server: name, relayUrl, version } = JSON.parse(listening);
  assert.deepEqual(
    { url, name, relayUrl, version },
    { url: `${server.url}/`, name: server.server, relayUrl: server.relayUrl, version: VERSION },
  );
  assert.match(server.logs, /only this machine can reach the server by its name/);
  assert.doesNotMatch(server.logs, /registration is closed/);
  const config = await (await fetch(`${server.url}/v1/config`)).json();
  assert.deepEqual(
    [config.server, config.relay_url, config.registration],
    [server.server, server.relayUrl, "open"],
  );
  assert.equal(await server.stop(), 0);

  const { code, stdout, stderr } = await runKezChat(["health", "--bind", bind]);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^no good answer from http:\/\/127\.0\.0\.1:\d+\/v1\/healthz: .+\n$/);
});

Deno.test("a public server lets people in by invitation, and says how; a closed one says how to open it", async () => {
  await using server = await startKezChat({ flags: ["--server", "kez.example"] });
  assert.match(server.logs, /https:\/\/kez\.example\/i#[0-9A-Z-]{19}$/m);
  assert.doesNotMatch(server.logs, /only this machine/);
  const config = await (await fetch(`${server.url}/v1/config`)).json();
  assert.deepEqual(
    [config.server, config.relay_url, config.registration],
    ["kez.example", "wss://kez.example/relay", "invite"],
  );
  await using closed = await startKezChat({ flags: ["--registration", "closed"] });
  assert.match(closed.logs, /registration is closed","hint":"--registration invite/);
});

Deno.test("an address that another program has is refused with words, and nothing stays open", async () => {
  await using folder = await temporaryFolder();
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = `127.0.0.1:${other.addr.port}`;
  for (const flag of ["--bind", "--relay-bind"]) {
    const data = ["--data", `${folder.path}/data`];
    const { code, stdout, stderr } = await runKezChat([...FREE_PORTS, flag, taken, ...data]);
    assert.deepEqual([code, stderr], [1, ""]);
    const last = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
    assert.equal(last.event, "kez-chat cannot start");
    assert.equal(
      last.reason,
      `It cannot listen at ${taken}: another program listens there. ` +
        `Change that, or choose another address with ${flag}.`,
    );
  }
});

Deno.test("logs are text where that is wanted", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const text = ["--data", `${folder.path}/file`, "--log-format", "text"];
  const { stdout } = await runKezChat([...FREE_PORTS, ...text]);
  assert.match(stdout, /^\d{4}-\S+Z error kez-chat cannot start reason="The data folder .+"\n$/);
});
