import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { KIND } from "../../protocol/nostr_event.ts";
import { entryHash, signSigchainEntry } from "../../protocol/sigchain_entry.ts";
import { hashOf } from "../http/blobs_support.ts";
import { type Account, authorization } from "../http/support.ts";
import { makeEvent, nowS } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { lookUp, registerMember, upload } from "../support/members.ts";
import { type KezChat, startKezChat } from "../support/server.ts";

const KILLS = 4;
/** Acknowledged writes, of all kinds together, at which the server is killed: another number each time. */
const WRITES = [3, 17, 40, 80];

/** Something that is there after a write was acknowledged, or is gone. */
type Expected = () => Promise<void>;
/** Does one write, and resolves when it is acknowledged. */
type Write = (server: KezChat) => Promise<Expected>;

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const answer = await fetch(url, init);
  await answer.body?.cancel();
  return answer.status;
}

let people = 0;
const newHandle = () => `person-${++people}`;

const registration: Write = async (server) => {
  const handle = newHandle();
  await registerMember(server, handle);
  return async () => assert.equal(await lookUp(server, handle), 200, handle);
};

const release: Write = async (server) => {
  const handle = newHandle();
  const account = await registerMember(server, handle);
  const asked = { method: "DELETE", path: `/v1/u/${handle}` };
  const headers = {
    Authorization: authorization(account, {
      ...{ ...asked, server: server.server, nowMs: Date.now() },
    }),
  };
  assert.equal(await statusOf(server.url + asked.path, { method: "DELETE", headers }), 204);
  return async () => assert.equal(await lookUp(server, handle), 404, handle);
};

/** Appends to the chain of one account, one entry after another. */
function sigchainOf(account: Account, handle: string): Write {
  const path = `/v1/sigchains/${account.primary.replace(":", "/")}`;
  let [seq, prev] = [0, null as string | null];
  const beganMs = Date.now();
  const lengthOf = async ({ url }: KezChat): Promise<number> => {
    const answer = await fetch(`${url}${path}`);
    const { entries } = await answer.json() as { entries: unknown[] };
    return entries.length;
  };
  return async (server) => {
    const content = seq === 0
      ? { op: "genesis", body: { handle: `${handle}@${server.server}` } }
      : { op: "x.y", body: {} };
    const { identitySecret } = account;
    const entry = signSigchainEntry(content, {
      ...{ seq, prev, createdAtMs: beganMs + seq, identitySecret },
    });
    const body = JSON.stringify(entry);
    const status = await statusOf(server.url + path, { method: "POST", body });
    // A conflict with itself: it was kept before, and its answer was lost.
    assert.ok(status === 201 || (status === 409 && await lengthOf(server) === seq + 1));
    [seq, prev] = [seq + 1, entryHash(entry)];
    const length = seq;
    return async () => {
      const kept = await lengthOf(server);
      assert.ok(kept >= length, `${kept} of ${length} entries`);
    };
  };
}

function uploadOf(account: Account): Write {
  return async (server) => {
    const bytes = new Uint8Array(randomBytes(5_000));
    assert.equal(await upload(server, { account, bytes }), 201);
    return async () => {
      const answer = await fetch(`${server.url}/${hashOf(bytes)}`);
      assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), bytes);
    };
  };
}

/** An event, and the request that removes it. */
function deletionOf({ nostrSecret }: Account): Write {
  return async (server) => {
    await using client = await connectClient(server.relayUrl);
    const event = makeEvent({ content: `${Math.random()}`, created_at: nowS() }, nostrSecret);
    assert.deepEqual(await client.publish(event), [true, ""]);
    const request = { kind: KIND.deletion, tags: [["e", event.id]], content: "" };
    assert.deepEqual(await client.publish(makeEvent(request, nostrSecret)), [true, ""]);
    return async () => {
      await using again = await connectClient(server.relayUrl);
      assert.deepEqual(await again.query({ ids: [event.id] }), []);
      const [isTaken] = await again.publish(event);
      assert.equal(isTaken, false);
    };
  };
}

Deno.test("kill -9 during registrations, releases, claims, uploads and deletions: whatever was acknowledged holds", async () => {
  await using server = await startKezChat({ flags: ["--rate-limits", "off"] });
  const handle = newHandle();
  const account = await registerMember(server, handle);
  const writes = [
    ...[registration, release, sigchainOf(account, handle)],
    ...[uploadOf(account), deletionOf(account)],
  ];
  const acknowledged: Expected[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const enough = Promise.withResolvers<void>();
    let [count, isKilled] = [0, false];
    const writing = writes.map(async (write) => {
      while (!isKilled) {
        const expected = await write(server).catch((error: unknown) => {
          if (!isKilled) throw error;
        });
        if (!expected) return;
        acknowledged.push(expected);
        if (++count === WRITES[kill]) enough.resolve();
      }
    });
    await Promise.race([enough.promise, Promise.all(writing)]);
    isKilled = true;
    await server.kill("SIGKILL");
    await Promise.all(writing);
    await server.restart();
  }
  for (const holds of acknowledged) await holds();
  assert.equal(await server.stop(), 0);
  assert.doesNotMatch(server.logs, /"level":"(?:warn|error)","event":"(?!rate limits are off)/);
  console.log(`${acknowledged.length} acknowledged writes`);
});
