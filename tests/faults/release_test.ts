import assert from "node:assert/strict";
import { join } from "node:path";
import { addrOf } from "../../protocol/addr.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { type Account, authorization, makeAccount, registrationOf } from "../http/support.ts";
import { idsOf, makeMail, makePrivate, type Person } from "../relay/support/events.ts";
import { idsOnDisk } from "../relay/support/disk.ts";
import { publishAll } from "../relay/support/publish.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

async function register(server: KezChat, account: Account, handle: string): Promise<void> {
  const document = registrationOf(account, {
    handle,
    server: server.server,
    createdAtMs: Date.now(),
  });
  const response = await fetch(`${server.url}/v1/register`, {
    method: "POST",
    body: JSON.stringify(document),
  });
  assert.equal(response.status, 201, await response.text());
}

async function release(server: KezChat, account: Account, handle: string): Promise<void> {
  const path = `/v1/u/${handle}`;
  const response = await fetch(`${server.url}${path}`, {
    method: "DELETE",
    headers: {
      Authorization: authorization(account, {
        method: "DELETE",
        path,
        nowMs: Date.now(),
        server: server.server,
      }),
    },
  });
  assert.equal(response.status, 204, await response.text());
}

function personOf({ primary, nostr, nostrSecret }: Account): Person {
  return { addr: addrOf(primary), pubkey: nostr, secret: nostrSecret };
}

async function publish(server: KezChat, ...events: NostrEvent[]): Promise<void> {
  await using client = await connectClient(server.relayUrl);
  await publishAll(client, events);
}

async function inboxOf(server: KezChat, { addr, secret }: Person): Promise<string[]> {
  await using client = await connectClient(server.relayUrl);
  assert.deepEqual(await client.auth(secret), [true, ""]);
  return idsOf(await client.query({ kinds: [KIND.message, KIND.quiet], "#q": [addr] }));
}

Deno.test("who gives a handle up loses the mail on the relay, and finds none when back", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  await using server = await startKezChat({ dataDir });
  const [alice, bob] = [makeAccount(), makeAccount()];
  await register(server, alice, "alice");
  await register(server, bob, "bobby");
  const [reader, other] = [personOf(alice), personOf(bob)];
  const mail = Array.from({ length: 100 }, () => makeMail(reader.addr));
  const wrap = makePrivate(KIND.giftWrap, reader);
  const toOther = makeMail(other.addr);
  await publish(server, ...mail, wrap, toOther);
  assert.deepEqual((await inboxOf(server, reader)).sort(), idsOf(mail).sort());

  await release(server, alice, "alice");
  await register(server, alice, "alice");
  const later = makeMail(reader.addr);
  await publish(server, later);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(idsOnDisk(join(dataDir, "relay.db")), idsOf([toOther, later]).sort());

  await server.restart();
  assert.deepEqual(await inboxOf(server, reader), [later.id]);
  assert.deepEqual(await inboxOf(server, other), [toOther.id]);
  assert.equal(await server.stop(), 0);
});

Deno.test("a handle that the operator takes away loses its mail as well, with the next start where no server runs", async () => {
  await using folder = await temporaryFolder();
  const dataDir = folder.path;
  await using server = await startKezChat({ dataDir });
  const people = { alice: makeAccount(), bobby: makeAccount(), carol: makeAccount() };
  const mailTo = new Map<string, NostrEvent>();
  for (const [handle, account] of Object.entries(people)) {
    await register(server, account, handle);
    mailTo.set(handle, makeMail(personOf(account).addr));
  }
  await publish(server, ...mailTo.values());
  const take = async (handle: string) => {
    const settings = ["--data", dataDir, "--server", server.server];
    const { code, stderr } = await runKezChat(["handle", "release", handle, ...settings]);
    assert.equal(code, 0, stderr);
  };
  await take("alice");
  assert.equal(await server.stop(), 0);
  const left = () => idsOnDisk(join(dataDir, "relay.db"));
  assert.deepEqual(left(), idsOf([mailTo.get("bobby")!, mailTo.get("carol")!]).sort());
  await take("bobby");
  await server.restart();
  // The sweep of a start goes on in steps beside what is asked.
  for (let i = 0; i < 100 && left().length > 1; i++) {
    assert.deepEqual(await inboxOf(server, personOf(people.carol)), [mailTo.get("carol")!.id]);
  }
  assert.deepEqual(await inboxOf(server, personOf(people.bobby)), []);
  assert.equal(await server.stop(), 0);
  assert.deepEqual(left(), [mailTo.get("carol")!.id]);
});
