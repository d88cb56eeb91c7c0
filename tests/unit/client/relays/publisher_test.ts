import assert from "node:assert/strict";
import {
  createPublisher,
  MAX_PUBLISHING_CONNECTIONS,
} from "../../../../client/relays/publisher.ts";
import { makeEvent } from "../../../relay/support/events.ts";
import { within } from "../../../support/within.ts";
import { createFakeEnvironment } from "./fake_environment.ts";

const url = "wss://relay.test/";

function setUp() {
  const environment = createFakeEnvironment();
  return { environment, publisher: createPublisher({ environment }) };
}

const to = (lane: string, event = makeEvent()) => ({ event, lane });

Deno.test("an event goes out once the socket is open, and its OK is the answer", async () => {
  const { environment, publisher } = setUp();
  const event = makeEvent();
  const answer = publisher.publish(url, { event, lane: "bob" });
  const socket = environment.socket();
  assert.deepEqual(socket.frames, []);
  socket.open();
  assert.deepEqual(socket.frames, [["EVENT", event]]);
  socket.receive("OK", makeEvent().id, false, "blocked: another one");
  socket.receive("OK", event.id, true, "");
  assert.deepEqual(await answer, { accepted: true, message: "" });
});

Deno.test("it tells of each connection that it gets, and of none that it does not", () => {
  const environment = createFakeEnvironment();
  const told: string[] = [];
  const publisher = createPublisher({ environment, onOpen: (opened) => told.push(opened) });
  void publisher.publish(url, to("bob"));
  environment.socket().end();
  assert.deepEqual(told, []);
  void publisher.publish(url, to("bob"));
  environment.socket().open();
  assert.deepEqual(told, [url]);
  publisher.stop();
});

Deno.test("an event that is published again while it is on its way goes out once, and both are answered", async () => {
  const { environment, publisher } = setUp();
  const event = makeEvent();
  const first = publisher.publish(url, { event, lane: "bob" });
  environment.socket().open();
  environment.pass(6_000);
  const second = publisher.publish(url, { event, lane: "bob" });
  // The time of the first is over.
  environment.pass(4_000);
  const noAnswer = { accepted: false, message: "error: no answer" };
  assert.deepEqual(await first, noAnswer);
  assert.deepEqual(await within(second, { what: "second answer", maxMs: 1_000 }), noAnswer);
  assert.equal(environment.sockets[0]!.frames.length, 1);
});

Deno.test("it never AUTHs, whatever the relay asks for", async () => {
  const { environment, publisher } = setUp();
  const event = makeEvent();
  const answer = publisher.publish(url, { event, lane: "bob" });
  const socket = environment.socket();
  socket.open();
  socket.receive("AUTH", "challenge");
  socket.receive("OK", event.id, false, "auth-required: who are you");
  assert.deepEqual(await answer, { accepted: false, message: "auth-required: who are you" });
  assert.deepEqual(socket.frames.map(([verb]) => verb), ["EVENT"]);
});

Deno.test("a connection is used again, and closes after half a minute without use", async () => {
  const { environment, publisher } = setUp();
  for (let i = 0; i < 3; i++) {
    const event = makeEvent();
    const answer = publisher.publish(url, { event, lane: "bob" });
    if (i === 0) environment.socket().open();
    environment.socket().receive("OK", event.id, true, "");
    assert.ok((await answer).accepted);
    environment.pass(29_000);
  }
  assert.equal(environment.sockets.length, 1);
  assert.deepEqual(publisher.openRelays(), [url]);
  environment.pass(1_000);
  assert.ok(environment.socket().isEnded);
  assert.deepEqual(publisher.openRelays(), []);
  assert.deepEqual(environment.waits(), []);
});

Deno.test("what goes to different readers never shares a connection, at one relay or at many", async () => {
  const { environment, publisher } = setUp();
  const laneOf = new Map<string, string>();
  const answers = [];
  for (const lane of ["bob", "alice", "carol", "bob", "alice"]) {
    for (const relay of [url, "wss://other.test/"]) {
      const event = makeEvent();
      laneOf.set(event.id, lane);
      answers.push(publisher.publish(relay, { event, lane }));
    }
  }
  assert.equal(environment.sockets.length, 6);
  for (const socket of environment.sockets) {
    socket.open();
    const ids = socket.frames.map(([, event]) => (event as { id: string }).id);
    assert.equal(new Set(ids.map((id) => laneOf.get(id))).size, 1);
    for (const id of ids) socket.receive("OK", id, true, "");
  }
  assert.ok((await Promise.all(answers)).every(({ accepted }) => accepted));
  assert.deepEqual(publisher.openRelays(), [url, "wss://other.test/"]);
});

Deno.test("beyond 32 connections an idle one gives way, or the next that becomes idle", async () => {
  const { environment, publisher } = setUp();
  const { sockets } = environment;
  const events = Array.from({ length: MAX_PUBLISHING_CONNECTIONS }, () => makeEvent());
  const answers = events.map((event, i) => publisher.publish(url, to(`${i}`, event)));
  for (const socket of sockets) socket.open();
  const answer = (i: number) => {
    sockets[i]!.receive("OK", events[i]!.id, true, "");
    return answers[i]!;
  };
  await answer(5);
  const isOpen = () => sockets.filter(({ isEnded }) => !isEnded).length;
  const overIdle = publisher.publish(url, to("one more"));
  assert.ok(sockets[5]!.isEnded);
  assert.equal(isOpen(), MAX_PUBLISHING_CONNECTIONS);

  const held = [publisher.publish(url, to("held")), publisher.publish(url, to("held too"))];
  assert.equal(sockets.length, MAX_PUBLISHING_CONNECTIONS + 1);
  await answer(9);
  assert.ok(sockets[9]!.isEnded);
  assert.equal(sockets.length, MAX_PUBLISHING_CONNECTIONS + 2);
  assert.equal(isOpen(), MAX_PUBLISHING_CONNECTIONS);
  const newest = environment.socket();
  newest.open();
  const [, event] = await newest.next("EVENT");
  newest.receive("OK", (event as { id: string }).id, true, "");
  assert.ok((await held[0]!).accepted);
  publisher.stop();
  assert.ok((await Promise.all([overIdle, held[1]!])).every(({ accepted }) => !accepted));
  assert.equal(isOpen(), 0);
  assert.deepEqual(environment.waits(), []);
});

Deno.test("no answer within ten seconds, an end of the socket, a URL that is none: refused for now", async () => {
  const noAnswer = { accepted: false, message: "error: no answer" };
  const late = setUp();
  const first = late.publisher.publish(url, to("bob"));
  late.environment.socket().open();
  late.environment.pass(10_000);
  assert.deepEqual(await first, noAnswer);
  assert.ok(late.environment.socket().isEnded);

  const ended = setUp();
  const both = [
    ended.publisher.publish(url, to("bob")),
    ended.publisher.publish(url, to("bob")),
  ];
  ended.environment.socket().end();
  assert.deepEqual(await Promise.all(both), [noAnswer, noAnswer]);
  assert.deepEqual(ended.environment.waits(), []);

  const plain = setUp();
  assert.deepEqual(await plain.publisher.publish("ws://relay.test/", to("bob")), noAnswer);
  assert.equal(plain.environment.sockets.length, 0);
});

Deno.test("stop ends every connection and settles what waits", async () => {
  const { environment, publisher } = setUp();
  const waiting = [
    publisher.publish(url, to("bob")),
    publisher.publish("wss://b.test/", to("bob")),
  ];
  publisher.stop();
  assert.ok((await Promise.all(waiting)).every(({ accepted }) => !accepted));
  assert.ok(environment.sockets.every(({ isEnded }) => isEnded));
  assert.deepEqual(environment.waits(), []);
});
