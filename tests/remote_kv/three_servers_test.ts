/** Three servers over one remote KV, each with a relay of its own; one is killed and comes back. */
import assert from "node:assert/strict";
import { addrOf } from "../../protocol/addr.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { type Account, authorization, makeAccount, registrationOf } from "../http/support.ts";
import { makeMail } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import type { KezChat } from "../support/server.ts";
import { findDenokv } from "./denokv.ts";
import { startServers } from "./servers.ts";

const MAX_MS = 30_000;
const ignore = findDenokv() === null;
if (ignore) console.log("skipped, for there is no denokv: the tests of several servers");

/** Asks again and again, for what one server did the others hear of a moment later. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const overAtMs = Date.now() + MAX_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < overAtMs, `${what} took too long`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function register(
  { at, name, handle }: { at: KezChat; name: string; handle: string },
): Promise<Account> {
  const account = makeAccount();
  const document = registrationOf(account, { handle, server: name, createdAtMs: Date.now() });
  const body = JSON.stringify(document);
  const response = await fetch(`${at.url}/v1/register`, { method: "POST", body });
  assert.equal(response.status, 201, await response.text());
  return account;
}

async function relayOf(handle: string, { url }: KezChat): Promise<string> {
  const response = await fetch(`${url}/v1/u/${handle}`);
  assert.equal(response.status, 200, await response.clone().text());
  return (await response.json()).relays[0];
}

async function publish(event: NostrEvent, { relayUrl }: KezChat): Promise<[boolean, string]> {
  await using client = await connectClient(relayUrl);
  return await client.publish(event);
}

async function mailOf(account: Account, relayUrl: string): Promise<string[]> {
  await using client = await connectClient(relayUrl);
  await client.auth(account.nostrSecret);
  const events = await client.query({ kinds: [KIND.message], "#q": [addrOf(account.primary)] });
  return events.map(({ id }) => id).toSorted();
}

Deno.test({
  name:
    "mail reaches its reader over whichever server; one that is killed takes nothing along, and comes back",
  ignore,
  async fn() {
    await using stack = await startServers(3);
    const { servers, name } = stack;
    // One person at each relay, whichever server took them in.
    const people = new Map<string, { handle: string; account: Account }>();
    for (let i = 0; people.size < 3 && i < 100; i++) {
      const handle = `person${i}`;
      const account = await register({ at: servers[i % 3]!, name, handle });
      const relays = await Promise.all(servers.map((server) => relayOf(handle, server)));
      assert.equal(new Set(relays).size, 1, "every server names the same relay");
      if (!people.has(relays[0]!)) people.set(relays[0]!, { handle, account });
    }
    assert.deepEqual([...people.keys()].toSorted(), servers.map((s) => s.relayUrl).toSorted());

    const sent = new Map<string, string[]>();
    for (const [relayUrl, { account }] of people) {
      for (const server of servers) {
        const mail = makeMail(addrOf(account.primary));
        await until("a new member", async () => (await publish(mail, server))[0]);
        sent.set(relayUrl, [...sent.get(relayUrl) ?? [], mail.id]);
      }
      assert.deepEqual(await mailOf(account, relayUrl), sent.get(relayUrl)!.toSorted());
    }

    const [killed, other] = servers as [KezChat, KezChat, KezChat];
    const { account, handle } = people.get(killed.relayUrl)!;
    await killed.kill();
    const late = makeMail(addrOf(account.primary));
    const [isTaken, message] = await publish(late, other);
    assert.deepEqual([isTaken, message.split(":")[0]], [false, "error"]);
    const byHttp = await fetch(`${other.url}/v1/messages`, {
      method: "POST",
      body: JSON.stringify(late),
    });
    assert.equal(byHttp.status, 503, await byHttp.text());
    // Everybody else's goes on, and whose relay is away is still found.
    assert.equal(await relayOf(handle, other), killed.relayUrl);
    const neighbour = people.get(other.relayUrl)!;
    assert.ok((await publish(makeMail(addrOf(neighbour.account.primary)), servers[2]!))[0]);

    await killed.restart();
    assert.deepEqual(await publish(late, other), [true, ""]);
    const all = [...sent.get(killed.relayUrl)!, late.id].toSorted();
    assert.deepEqual(await mailOf(account, killed.relayUrl), all);
  },
});

Deno.test({
  name:
    "a handle that is given up at one server is nobody's at the others, and its mail is refused and gone",
  ignore,
  async fn() {
    await using stack = await startServers(2);
    const { servers, name } = stack;
    const [one, other] = servers as [KezChat, KezChat];
    const account = await register({ at: one, name, handle: "alice" });
    const home = await relayOf("alice", one);
    const mail = makeMail(addrOf(account.primary));
    await until("a new member", async () => (await publish(mail, other))[0]);
    const [elsewhere, own] = home === one.relayUrl ? [other, one] : [one, other];

    const path = "/v1/messages";
    const authorize = (method: string, path: string) => ({
      Authorization: authorization(account, { method, path, server: name, nowMs: Date.now() }),
    });
    const asked = await fetch(`${elsewhere.url}${path}`, { headers: authorize("GET", path) });
    assert.equal((await asked.json()).code, "wrong_route");
    const found = await fetch(`${own.url}${path}`, { headers: authorize("GET", path) });
    assert.deepEqual((await found.json()).events.map(({ id }: NostrEvent) => id), [mail.id]);

    const release = await fetch(`${elsewhere.url}/v1/u/alice`, {
      method: "DELETE",
      headers: authorize("DELETE", "/v1/u/alice"),
    });
    assert.equal(release.status, 204, await release.text());
    for (const server of servers) {
      await until("the release", async () => {
        const response = await fetch(`${server.url}/v1/u/alice`);
        await response.body?.cancel();
        return response.status === 404;
      });
      await until("the refusal", async () => {
        const [, message] = await publish(makeMail(addrOf(account.primary)), server);
        return message.startsWith("blocked:");
      });
    }
  },
});

Deno.test({
  name: "a nonce is used once, at whichever server",
  ignore,
  async fn() {
    await using stack = await startServers(2);
    const { servers, name } = stack;
    const account = await register({ at: servers[0]!, name, handle: "alice" });
    const path = "/v1/push/subscriptions/alice";
    const headers = {
      Authorization: authorization(account, {
        ...{ method: "GET", path, server: name, nowMs: Date.now() },
      }),
    };
    const statuses: number[] = [];
    for (const { url } of servers) {
      const response = await fetch(`${url}${path}`, { headers });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    assert.deepEqual(statuses, [200, 409]);
  },
});

Deno.test({
  name: "a database that is away is said to be so, and the server goes on when it is back",
  ignore,
  async fn() {
    await using stack = await startServers(1);
    const { kv, servers, name } = stack;
    const server = servers[0]!;
    await register({ at: server, name, handle: "alice" });
    const health = async () => {
      const response = await fetch(`${server.url}/v1/healthz`);
      await response.body?.cancel();
      return response.status;
    };
    assert.equal(await health(), 200);
    await kv.stop();
    await until("the bad news", async () => await health() === 503);
    await kv.start();
    await until("the good news", async () => await health() === 200);
    await register({ at: server, name, handle: "bob" });
    await kv.stop();
    await assert.rejects(
      server.restart(),
      /remote database .* cannot be used: .*Connection refused/,
    );
  },
});
