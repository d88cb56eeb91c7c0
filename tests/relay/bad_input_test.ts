import assert from "node:assert/strict";
import { eventId } from "../../protocol/nostr_event.ts";
import { makeEvent, nowS, randomHex } from "./support/events.ts";
import { startTestRelay } from "./support/test_relay.ts";

const NOTICED: [string, string][] = [
  ["text that is not JSON", "hello"],
  ["an empty message", ""],
  ["half of a message", '["REQ","s",{'],
  ["an object", '{"REQ":"s"}'],
  ["a number", "42"],
  ["an empty list", "[]"],
  ["a verb that is a number", "[1,2]"],
  ["a verb that nobody knows", '["FOO","bar"]'],
  ["a verb in small letters", '["req","s",{}]'],
  ["a verb that is a member of every object", '["constructor","s"]'],
  ["10,000 nested arrays", "[".repeat(10_000) + "]".repeat(10_000)],
  ["60,000 open brackets", "[".repeat(60_000)],
  ["EVENT without an event", '["EVENT"]'],
  ["EVENT with text", '["EVENT","hello"]'],
  ["REQ without an id", '["REQ"]'],
  ["REQ with a number as id", '["REQ",1,{}]'],
  ["REQ with an empty id", '["REQ","",{}]'],
  ["REQ with an id of 65 characters", `["REQ","${"x".repeat(65)}",{}]`],
  ["CLOSE without an id", '["CLOSE"]'],
  ["AUTH without an event", '["AUTH","challenge"]'],
  ["COUNT without an id", '["COUNT",{}]'],
  ["NEG-OPEN without an id", '["NEG-OPEN",{},"6100"]'],
  ["NEG-MSG with a number as id", '["NEG-MSG",1,"6100"]'],
  ["NEG-CLOSE without an id", '["NEG-CLOSE"]'],
];

for (const [name, text] of NOTICED) {
  Deno.test(`${name} gets a NOTICE, and the connection goes on`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    client.sendRaw(text);
    const [verb, message] = await client.next();
    assert.equal(verb, "NOTICE");
    assert.match(message as string, /^invalid: /);
    assert.ok((message as string).length < 200);
    await client.sync();
  });
}

Deno.test("a binary frame gets a NOTICE, even where its bytes are a good message", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  client.sendRaw(new TextEncoder().encode('["REQ","s",{}]'));
  assert.deepEqual(await client.next(), [
    "NOTICE",
    "invalid: messages are text, this one was binary",
  ]);
  await client.sync();
});

const BAD_FILTERS: [string, unknown][] = [
  ["no filter", undefined],
  ["a list as filter", []],
  ["null as filter", null],
  ["ids that are too short", { ids: ["abc"] }],
  ["ids in capitals", { ids: ["A".repeat(64)] }],
  ["authors that are numbers", { authors: [1] }],
  ["kinds that are text", { kinds: ["1"] }],
  ["kinds that are no list", { kinds: 1 }],
  ["a negative limit", { limit: -1 }],
  ["a limit with a fraction", { limit: 1.5 }],
  ["since as text", { since: "yesterday" }],
  ["tag values that are numbers", { "#t": [1] }],
  ["a tag that is no list", { "#t": "x" }],
  ["10,000 nested arrays in a tag", { "#t": JSON.parse("[".repeat(10_000) + "]".repeat(10_000)) }],
];

Deno.test("a REQ with a filter of a wrong shape is CLOSED as invalid", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  for (const [name, filter] of BAD_FILTERS) {
    const filters = filter === undefined ? [] : [filter];
    assert.match(await client.refusedReq(...filters), /^invalid: /, name);
    if (filters.length === 0) continue;
    assert.match(await client.refusedReq({ kinds: [1] }, ...filters), /^invalid: /, name);
  }
});

Deno.test("a malformed REQ ends the subscription of its id", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  await client.subscribe("s", { kinds: [1] });
  client.send("REQ", "s", { kinds: "x" });
  assert.equal((await client.next())[0], "CLOSED");
  await client.publish(makeEvent());
  await client.sync();
  assert.deepEqual(client.unread(), []);
});

const good = makeEvent();
const BAD_EVENTS: [string, Record<string, unknown>][] = [
  ["an id that is not its hash", { ...good, id: randomHex() }],
  ["changed content", { ...good, content: "other" }],
  ["the signature of another event", { ...good, sig: makeEvent().sig }],
  ["another author", { ...good, pubkey: makeEvent().pubkey }],
  ["a signature of zeros", { ...good, sig: "0".repeat(128) }],
  ["a signature beyond the curve", { ...good, sig: "f".repeat(128) }],
  ["a short signature", { ...good, sig: "00" }],
  ["a signature in capitals", { ...good, sig: good.sig.toUpperCase() }],
  ["no signature", { ...good, sig: undefined }],
  ["a pubkey that is no point", { ...good, pubkey: "f".repeat(64) }],
  ["a kind with a fraction", { ...good, kind: 1.5 }],
  ["a kind of 65,536", { ...good, kind: 65_536 }],
  ["a kind as text", { ...good, kind: "1" }],
  ["a negative time", { ...good, created_at: -1 }],
  ["a time in milliseconds", { ...good, created_at: Date.now() }],
  ["a time as text", { ...good, created_at: `${nowS()}` }],
  ["content that is a number", { ...good, content: 1 }],
  ["tags that are an object", { ...good, tags: {} }],
  ["a tag that is text", { ...good, tags: ["t"] }],
  ["a tag with a number", { ...good, tags: [["t", 1]] }],
  ["an empty tag", { ...good, tags: [[]] }],
  ["10,000 nested arrays as tags", {
    ...good,
    tags: JSON.parse("[".repeat(10_000) + "]".repeat(10_000)),
  }],
];

for (const [name, event] of BAD_EVENTS) {
  Deno.test(`an event with ${name} gets OK false and invalid:`, async () => {
    await using relay = await startTestRelay();
    await using client = await relay.connect();
    const [accepted, message] = await client.publish(event as unknown as typeof good);
    assert.equal(accepted, false);
    assert.match(message, /^invalid: /);
    assert.deepEqual(await client.query({}), []);
  });
}

Deno.test("a signature on a pubkey that is no point is refused after its hash fits", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  const event = { ...good, pubkey: "f".repeat(64) };
  const fitting = { ...event, id: eventId(event) };
  assert.match((await client.publish(fitting))[1], /^invalid: the signature/);
  const beyond = { ...good, sig: "f".repeat(128) };
  assert.match((await client.publish(beyond))[1], /^invalid: the signature/);
  assert.deepEqual(await client.publish(makeEvent()), [true, ""]);
});

Deno.test("frames of 200 KB and 10 MB end their connection, everybody else goes on", async () => {
  await using relay = await startTestRelay();
  await using other = await relay.connect();
  await other.subscribe("s", { kinds: [1] });
  for (const bytes of [200_000, 10_000_000]) {
    await using client = await relay.connect();
    client.sendRaw("x".repeat(bytes));
    assert.ok([1006, 1009].includes(await client.ended));
  }
  const event = makeEvent();
  await other.publish(event);
  assert.deepEqual(await other.live("s"), event);
});

Deno.test("text that is not UTF-8 ends its connection", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  client.socket.send(new Uint8Array([0x22, 0xff, 0x22]), { binary: false });
  assert.equal(await client.ended, 1007);
});

Deno.test("a message in endless fragments ends its connection at the frame limit", async () => {
  await using relay = await startTestRelay();
  await using client = await relay.connect();
  for (let i = 0; i < 20; i++) client.socket.send("x".repeat(10_000), { fin: false });
  assert.ok([1006, 1009].includes(await client.ended));
});

Deno.test("connections that send only nonsense are ended, and only they", async () => {
  await using relay = await startTestRelay();
  await using other = await relay.connect();
  await using client = await relay.connect();
  for (let i = 0; i < 300; i++) client.sendRaw("nonsense");
  assert.equal(await client.ended, 1008);
  assert.equal(client.unread().filter(([verb]) => verb === "NOTICE").length, 201);
  await other.sync();
});

Deno.test("what was refused is forgiven with time", async () => {
  let nowMs = Date.now();
  await using relay = await startTestRelay({ nowMs: () => nowMs, limits: { maxStrikes: 10 } });
  await using client = await relay.connect();
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 10; i++) {
      client.sendRaw("nonsense");
      await client.next();
    }
    nowMs += 10_000;
  }
  await client.sync();
});

Deno.test("nothing of what was sent stands in the log at info or above", async () => {
  await using relay = await startTestRelay();
  const member = relay.member();
  await using client = await relay.connect();
  await client.auth(member.secret);
  await client.publish(makeEvent({ content: "very private words" }, member.secret));
  client.sendRaw("nonsense");
  await client.next();
  await relay.stop();
  const lines = relay.logLines.filter((line) => !line.includes('"level":"debug"')).join("");
  for (const secret of [member.addr, member.pubkey, "very private", "nonsense", "127.0.0.1"]) {
    assert.ok(!lines.includes(secret), secret);
  }
  assert.ok(!relay.logLines.join("").includes("127.0.0.1"));
});
