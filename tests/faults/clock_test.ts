import assert from "node:assert/strict";
import { authorization, hexNonce, makeAccount, registrationOf } from "../http/support.ts";
import { makeEvent, newPerson, nowS } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { temporaryFolder } from "../support/command.ts";
import { replaceModules } from "../support/import_map.ts";
import { healthOf, lookUp, registerMember } from "../support/members.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

const HOUR_S = 3_600;

async function register(server: KezChat, handle: string, offsetS: number): Promise<number> {
  const wish = { handle, server: server.server, createdAtMs: Date.now() + offsetS * 1_000 };
  const body = JSON.stringify(registrationOf(makeAccount(), wish));
  const answer = await fetch(`${server.url}/v1/register`, { method: "POST", body });
  await answer.body?.cancel();
  return answer.status;
}

Deno.test("a clock that jumps an hour ahead and back ends no socket, loses nothing and locks nobody out", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  Deno.writeTextFileSync(`${dataDir}/clock`, "0");
  using map = replaceModules({
    "server/storage_probe.ts": `tests/faults/clock_probe.ts?data=${encodeURIComponent(dataDir)}`,
  });
  const flags = ["--relay-policy", "open"];
  await using server = await startKezChat({ dataDir, flags, denoFlags: [map.flag] });
  const setClock = async (offsetS: number) => {
    Deno.writeTextFileSync(`${dataDir}/clock`, String(offsetS * 1_000));
    assert.equal((await healthOf(server)).status, 200);
  };
  await registerMember(server, "alice");
  const bob = await registerMember(server, "bob");
  const path = "/v1/u/alice";
  const request = {
    method: "DELETE",
    headers: {
      Authorization: authorization(bob, {
        ...{ method: "DELETE", path, server: server.server, nonce: hexNonce() },
        nowMs: Date.now(),
      }),
    },
  };
  const repeat = async () => {
    const answer = await fetch(server.url + path, request);
    const { code } = await answer.json() as { code: string };
    return code;
  };
  assert.equal(await repeat(), "forbidden");

  await using reader = await connectClient(server.relayUrl);
  await using writer = await connectClient(server.relayUrl);
  const person = newPerson();
  const published: string[] = [];
  await reader.subscribe("all", { authors: [person.pubkey] });
  for (const [i, offsetS] of [0, HOUR_S, 0, -HOUR_S, 0].entries()) {
    await setClock(offsetS);
    const event = makeEvent({ content: `${i}`, created_at: nowS() + offsetS }, person.secret);
    assert.deepEqual(await writer.publish(event), [true, ""]);
    assert.equal((await reader.live("all")).id, event.id);
    published.push(event.id);
    await using late = await connectClient(server.relayUrl);
    assert.deepEqual(await late.auth(person.secret, { created_at: nowS() + offsetS }), [true, ""]);
    const found = await late.query({ authors: [person.pubkey] });
    assert.deepEqual(found.map(({ id }) => id).sort(), published.toSorted());
    assert.equal(await register(server, `late${i}`, offsetS), 201);
    assert.equal(await lookUp(server, "alice"), 200);
    assert.equal(await repeat(), offsetS === 0 ? "replayed" : "unauthorized");
  }
  await setClock(HOUR_S);
  await server.restart();
  await setClock(0);
  await using again = await connectClient(server.relayUrl);
  assert.equal((await again.query({ authors: [person.pubkey] })).length, published.length);
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.logs, /"level":"(?:warn|error)"/);
});
