import assert from "node:assert/strict";
import { KIND } from "../../protocol/nostr_event.ts";
import { authEvent, idsOf, makeEvent, makeMail, newPerson, nowS } from "./support/events.ts";
import { startTestRelay, type TestRelay } from "./support/test_relay.ts";
import type { TestClient } from "./support/test_client.ts";

/** Both mailboxes have one event. */
async function withMail(relay: TestRelay, client: TestClient) {
  const people = [relay.member(), relay.member()] as const;
  const mail = people.map(({ addr }) => makeMail(addr));
  for (const event of mail) assert.equal((await client.publish(event))[0], true);
  return { people, mail };
}

Deno.test("the first frame on a connection is an AUTH challenge, a different one each time", async () => {
  await using relay = await startTestRelay();
  await using a = await relay.connect();
  await using b = await relay.connect();
  assert.match(a.challenge, /^[0-9a-f]{32}$/);
  assert.notEqual(a.challenge, b.challenge);
});

Deno.test("any valid key may AUTH", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  assert.deepEqual(await client.auth(newPerson().secret), [true, ""]);
});

Deno.test("several keys on one connection all count", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { people, mail } = await withMail(relay, client);
  await client.auth(people[0].secret);
  assert.deepEqual(idsOf(await client.query({ kinds: [KIND.message] })), [mail[0]!.id]);
  await client.auth(people[1].secret);
  const both = idsOf(await client.query({ kinds: [KIND.message] }));
  assert.deepEqual(both.sort(), idsOf(mail).sort());
});

Deno.test("an AUTH counts for its own connection alone", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await using other = await relay.connect();
  const { people } = await withMail(relay, client);
  await client.auth(people[0].secret);
  assert.match(await other.refusedReq({ kinds: [KIND.message] }), /^auth-required: /);
});

Deno.test("a REQ right behind an AUTH is answered as AUTHed", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const { people, mail } = await withMail(relay, client);
  const auth = authEvent(people[0].secret, { relay: relay.url, challenge: client.challenge });
  client.send("AUTH", auth);
  client.send("REQ", "s", { kinds: [KIND.message] });
  const verbs = [await client.next(), await client.next(), await client.next()];
  assert.deepEqual(verbs.map(([verb]) => verb), ["OK", "EVENT", "EOSE"]);
  assert.deepEqual(verbs[1]![2], mail[0]);
});

const REFUSED: [
  string,
  (relay: TestRelay, client: TestClient) => Record<string, unknown>,
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
    const { people } = await withMail(relay, client);
    const [accepted, message] = await client.auth(people[0].secret, changes(relay, client));
    assert.equal(accepted, false);
    assert.match(message, /^invalid: /);
    assert.match(message, reason);
    assert.match(await client.refusedReq({ kinds: [KIND.message] }), /^auth-required: /);
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
  assert.match(await client.refusedReq({ kinds: [KIND.message] }), /^auth-required: /);
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

Deno.test("an AUTHed stranger may still not publish to a relay for members", async () => {
  await using relay = await startTestRelay({ policy: "members" });
  await using client = await relay.connect();
  const stranger = newPerson();
  await client.auth(stranger.secret);
  assert.match((await client.publish(makeEvent({}, stranger.secret)))[1], /^blocked: /);
});
