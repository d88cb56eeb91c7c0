import assert from "node:assert/strict";
import { startKezChat } from "../../support/server.ts";

async function isHealthy(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/healthz`);
  await answer.body?.cancel();
  return answer.status === 200;
}

Deno.test("a server keeps its ports, name and data over a kill and a restart", async () => {
  await using server = await startKezChat();
  const { url, relayUrl, server: name, pid } = server;
  assert.match(url, /^http:\/\/localhost:\d+$/);
  assert.match(relayUrl, /^ws:\/\/[^/]+:\d+\/$/);
  assert.ok(await isHealthy(url));
  const status = await server.kill("SIGKILL");
  assert.equal(status.signal, "SIGKILL");
  await assert.rejects(isHealthy(url));
  await server.restart();
  assert.notEqual(server.pid, pid);
  assert.deepEqual([server.url, server.relayUrl, server.server], [url, relayUrl, name]);
  assert.ok(await isHealthy(url));
  assert.equal(await server.stop(), 0);
});

Deno.test("two servers run side by side, each with a folder of its own that goes with it", async () => {
  let folders: string[] = [];
  {
    await using one = await startKezChat();
    await using two = await startKezChat();
    assert.notEqual(one.url, two.url);
    assert.notEqual(one.relayUrl, two.relayUrl);
    folders = [one.dataDir, two.dataDir];
    for (const folder of folders) assert.ok(Deno.statSync(folder).isDirectory);
  }
  for (const folder of folders) assert.throws(() => Deno.statSync(folder), Deno.errors.NotFound);
});

Deno.test("a server that cannot start is told with what it said", async () => {
  await assert.rejects(
    startKezChat({ flags: ["--no-such-flag"] }),
    /ended with 1:\n.*no-such-flag/s,
  );
});
