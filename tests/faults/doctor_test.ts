import assert from "node:assert/strict";
import { connectControl } from "../../server/control/control_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";

/** The verdicts by what they are about. */
function verdicts(stdout: string): Map<string, string> {
  const lines = stdout.split("\n").filter((line) => /^[a-z]/.test(line));
  return new Map(lines.map((line) => {
    const [, state, name] = /^(\w+) +(\w+(?: \w+)*) {2}/.exec(line)!;
    return [name!, state!];
  }));
}

Deno.test("the doctor finds a running server well, and sees a backup that was made", async () => {
  await using folder = await temporaryFolder();
  await using server = await startKezChat();
  const port = (url: string) => new URL(url).port;
  const settings = [
    ...["--data", server.dataDir, "--server", server.server],
    ...["--bind", `127.0.0.1:${port(server.url)}`],
    ...["--relay-bind", `127.0.0.1:${port(server.relayUrl)}`],
  ];
  const before = verdicts((await runKezChat(["doctor", ...settings])).stdout);
  for (const name of ["server", "relay", "relay socket"]) {
    assert.equal(before.get(name), "ok", name);
  }
  assert.deepEqual([before.get("tls"), before.get("backup")], ["skipped", "bad"]);
  const backup = await runKezChat(["backup", `${folder.path}/x`, "--data", server.dataDir]);
  assert.equal(backup.code, 0, backup.stderr);
  const after = await runKezChat(["doctor", ...settings]);
  assert.equal(verdicts(after.stdout).get("backup"), "ok", after.stdout);

  await server.stop();
  const { code, stdout } = await runKezChat(["doctor", ...settings]);
  assert.equal(code, 1);
  for (const name of ["server", "relay", "relay socket"]) {
    assert.equal(verdicts(stdout).get(name), "bad", stdout);
  }
});

Deno.test("a running server tells its operator whom it counts a visitor as, and nobody else", async () => {
  await using server = await startKezChat();
  const token = "ab".repeat(16);
  const visit = async () => {
    const headers = { "X-Forwarded-For": "198.51.100.7, 93.184.215.14" };
    const answer = await fetch(`${server.url}/v1/healthz?visitor=${token}`, { headers });
    assert.deepEqual(Object.keys(await answer.json()), ["status", "server", "version"]);
  };
  await visit();
  using control = (await connectControl(server.dataDir))!;
  assert.equal(await control.ask("visitor.watch", { token }, visit), "93.184.215.14");
  await assert.rejects(control.ask("visitor.watch", { token: "short" }, visit));
});
