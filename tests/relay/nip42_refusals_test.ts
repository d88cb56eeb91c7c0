import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { assertLearns, assertNotAnswered } from "./support/asking.ts";
import { authEvent, makeMail, newPerson, nowS } from "./support/events.ts";
import { publishInOrder } from "./support/publish.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";

const AUTH_REQUIRED = /^auth-required: /;

const REFUSED: [
  string,
  (relay: TestRelay) => Record<string, unknown>,
  RegExp,
][] = [
  ["the challenge of another connection", () => ({ challenge: "0".repeat(32) }), /challenge/],
  ["another relay's URL", () => ({ relay: "wss://relay.example.org/" }), /another relay/],
  [
    "another port of the same host",
    (relay) => ({ relay: `ws://127.0.0.1:${Number(new URL(relay.url).port) - 1}/` }),
    /another relay/,
  ],
  ["no URL at all", () => ({ relay: "relay" }), /another relay/],
  ["an http URL", (relay) => ({ relay: relay.httpUrl }), /another relay/],
  ["a time 11 minutes ago", () => ({ created_at: nowS() - 660 }), /clock/],
  ["a time 11 minutes ahead", () => ({ created_at: nowS() + 660 }), /clock/],
  ["another kind", () => ({ kind: 1 }), /22242/],
];

for (const [name, changes, reason] of REFUSED) {
  Deno.test(`an AUTH with ${name} is refused and opens nothing`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const reader = relay.member();
    await publishInOrder(client, makeMail(reader.addr));
    const [accepted, message] = await client.auth(reader.secret, changes(relay));
    assert.equal(accepted, false);
    assert.match(message, /^invalid: /);
    assert.match(message, reason);
    const filters = [{ kinds: [KIND.message] }];
    await assertNotAnswered(client, { filters, words: AUTH_REQUIRED });
    await assertLearns(client, { filters: [{}], events: [] });
  });
}

Deno.test("an AUTH with a wrong signature or id is refused", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const victim = relay.member();
  const own = authEvent(newPerson().secret, { relay: relay.url, challenge: client.challenge });
  const forged = { ...own, pubkey: victim.pubkey };
  client.send("AUTH", forged);
  assert.match((await client.next(([verb]) => verb === "OK"))[3] as string, /^invalid: the id/);
  const resigned = {
    ...authEvent(victim.secret, { relay: relay.url, challenge: client.challenge }),
    sig: own.sig,
  };
  client.send("AUTH", resigned);
  const [, id, accepted, message] = await client.next(([verb]) => verb === "OK");
  assert.deepEqual([id, accepted], [resigned.id, false]);
  assert.match(message as string, /^invalid: the signature/);
  assert.match(await client.refusedReq({ kinds: [KIND.message] }), AUTH_REQUIRED);
});

Deno.test("a time 9 minutes off is still AUTHed", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  for (const offset of [-540, 540]) {
    assert.deepEqual(await client.auth(newPerson().secret, { created_at: nowS() + offset }), [
      true,
      "",
    ]);
  }
});

Deno.test("the relay is named by its public URL or its listener, whatever the path", async () => {
  await using relay = await startTestRelay({ publicUrl: () => "wss://chat.example.org/relay" });
  await using client = await relay.connect();
  const port = new URL(relay.url).port;
  for (
    const url of [
      "wss://chat.example.org/relay",
      "wss://chat.example.org:443",
      "WSS://CHAT.example.org/",
      relay.url,
      `ws://127.0.0.1:${port}`,
      `ws://localhost:${port}/relay`,
    ]
  ) assert.deepEqual(await client.auth(newPerson().secret, { relay: url }), [true, ""], url);
  for (const url of ["ws://chat.example.org/relay", "wss://chat.example.org.evil.net/relay"]) {
    assert.equal((await client.auth(newPerson().secret, { relay: url }))[0], false, url);
  }
});

Deno.test("an AUTH event is not published", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await client.subscribe("s", {});
  const event = authEvent(newPerson().secret, { relay: relay.url, challenge: client.challenge });
  const [accepted, message] = await client.publish(event);
  assert.equal(accepted, false);
  assert.match(message, /^invalid: /);
  await client.sync();
  assert.deepEqual(client.unread(), []);
});
