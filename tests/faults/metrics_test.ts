import assert from "node:assert/strict";
import { addrOf } from "../../protocol/addr.ts";
import { makeAccount, registrationOf } from "../http/support.ts";
import { makeMail } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";

const DASHBOARD = new URL("../../deploy/grafana/kez-chat.json", import.meta.url);

Deno.test("metrics have a listener of their own, tell what happened, and name nobody", async () => {
  await using server = await startKezChat({ flags: ["--metrics", "127.0.0.1:0"] });
  const listening = server.logs.split("\n").find((line) => line.includes('"event":"listening"'))!;
  const origin = `http://127.0.0.1:${JSON.parse(listening).metricsPort}`;
  const alice = makeAccount();
  const wish = { handle: "alice", server: server.server, createdAtMs: Date.now() };
  const body = JSON.stringify(registrationOf(alice, wish));
  const registered = await fetch(`${server.url}/v1/register`, { method: "POST", body });
  assert.equal(registered.status, 201, await registered.text());
  const headers = { "X-Forwarded-For": "93.184.215.14" };
  for (const path of ["v1/u/alice", "v1/u/nobody", "", "a".repeat(64)]) {
    await (await fetch(`${server.url}/${path}`, { headers })).body?.cancel();
  }
  const client = await connectClient(server.relayUrl);
  const mail = makeMail(addrOf(alice.primary));
  await client.publish(mail);
  await client.publish(mail);

  const answer = await fetch(`${origin}/metrics`);
  assert.equal(answer.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  for (
    const line of [
      /^kez_http_requests_total\{route="\/v1\/register",method="POST",status="2xx"\} 1$/m,
      /^kez_http_requests_total\{route="\/v1\/u\/:handle",method="GET",status="2xx"\} 1$/m,
      /^kez_http_requests_total\{route="\/v1\/u\/:handle",method="GET",status="4xx"\} 1$/m,
      /^kez_http_requests_total\{route="app",method="GET",status="2xx"\} 1$/m,
      /^kez_http_requests_total\{route="\/:blob",method="GET",status="4xx"\} 1$/m,
      /^kez_relay_events_total\{outcome="accepted"\} 1$/m,
      /^kez_relay_events_total\{outcome="duplicate"\} 1$/m,
      /^kez_relay_delivery_seconds_count 1$/m,
      /^kez_relay_sockets 1$/m,
      /^kez_handles 1$/m,
      /^kez_storage_bytes\{part="relay"\} [1-9]\d*$/m,
      /^kez_resident_memory_bytes [1-9]\d*$/m,
    ]
  ) assert.match(text, line);
  for (
    const secret of ["alice", "nobody", alice.primary.slice(8), mail.id, "93.184", "127.0.0.1"]
  ) {
    assert.ok(!text.includes(secret), `${secret} is on the page`);
  }
  assert.equal((await fetch(`${origin}/`)).status, 404);
  assert.equal((await fetch(`${origin}/metrics`, { method: "POST" })).status, 405);
  const elsewhere = await fetch(`${server.url}/metrics`);
  assert.doesNotMatch(await elsewhere.text(), /kez_/);

  // The dashboard asks for what is there, and for all of it.
  const asked = new Set(Deno.readTextFileSync(DASHBOARD).match(/kez_[a-z_]+/g));
  const told = new Set(
    [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) =>
      type === "histogram" ? `${name}_bucket` : name!
    ),
  );
  assert.deepEqual([...asked].sort(), [...told].sort());
  assert.equal(await server.stop(), 0);
});

Deno.test("an address for metrics that another program has is refused with words", async () => {
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using folder = {
    path: await Deno.makeTempDir(),
    async [Symbol.asyncDispose]() {
      await Deno.remove(this.path, { recursive: true });
    },
  };
  const taken = `127.0.0.1:${other.addr.port}`;
  const ports = ["--bind", "127.0.0.1:0", "--relay-bind", "127.0.0.1:0", "--metrics", taken];
  const { code, stdout } = await runKezChat([...ports, "--data", `${folder.path}/data`]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /another program listens there\. Change that, or choose another address with --metrics/,
  );
});
