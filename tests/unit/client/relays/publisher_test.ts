import assert from "node:assert/strict";
import { createPublisher } from "../../../../client/relays/publisher.ts";
import { makeEvent } from "../../../relay/support/events.ts";
import { createFakeEnvironment } from "./fake_environment.ts";

const url = "wss://relay.test/";

function setUp() {
  const environment = createFakeEnvironment();
  return { environment, publisher: createPublisher(environment) };
}

Deno.test("an event goes out once the socket is open, and its OK is the answer", async () => {
  const { environment, publisher } = setUp();
  const event = makeEvent();
  const answer = publisher.publish(url, event);
  const socket = environment.socket();
  assert.deepEqual(socket.frames, []);
  socket.open();
  assert.deepEqual(socket.frames, [["EVENT", event]]);
  socket.receive("OK", makeEvent().id, false, "blocked: another one");
  socket.receive("OK", event.id, true, "");
  assert.deepEqual(await answer, { accepted: true, message: "" });
});

Deno.test("it never AUTHs, whatever the relay asks for", async () => {
  const { environment, publisher } = setUp();
  const event = makeEvent();
  const answer = publisher.publish(url, event);
  const socket = environment.socket();
  socket.open();
  socket.receive("AUTH", "challenge");
  socket.receive("OK", event.id, false, "auth-required: who are you");
  assert.deepEqual(await answer, { accepted: false, message: "auth-required: who are you" });
  assert.deepEqual(socket.frames.map(([verb]) => verb), ["EVENT"]);
});

Deno.test("a connection is used again, and closes after a minute without use", async () => {
  const { environment, publisher } = setUp();
  for (let i = 0; i < 3; i++) {
    const event = makeEvent();
    const answer = publisher.publish(url, event);
    if (i === 0) environment.socket().open();
    environment.socket().receive("OK", event.id, true, "");
    assert.ok((await answer).accepted);
    environment.pass(59_000);
  }
  assert.equal(environment.sockets.length, 1);
  assert.deepEqual(publisher.openRelays(), [url]);
  environment.pass(1_000);
  assert.ok(environment.socket().isEnded);
  assert.deepEqual(publisher.openRelays(), []);
  assert.deepEqual(environment.waits(), []);
});

Deno.test("no answer within ten seconds, an end of the socket, a URL that is none: refused for now", async () => {
  const noAnswer = { accepted: false, message: "error: no answer" };
  const late = setUp();
  const first = late.publisher.publish(url, makeEvent());
  late.environment.socket().open();
  late.environment.pass(10_000);
  assert.deepEqual(await first, noAnswer);
  assert.ok(late.environment.socket().isEnded);

  const ended = setUp();
  const both = [
    ended.publisher.publish(url, makeEvent()),
    ended.publisher.publish(url, makeEvent()),
  ];
  ended.environment.socket().end();
  assert.deepEqual(await Promise.all(both), [noAnswer, noAnswer]);
  assert.deepEqual(ended.environment.waits(), []);

  const plain = setUp();
  assert.deepEqual(await plain.publisher.publish("ws://relay.test/", makeEvent()), noAnswer);
  assert.equal(plain.environment.sockets.length, 0);
});

Deno.test("stop ends every connection and settles what waits", async () => {
  const { environment, publisher } = setUp();
  const waiting = [
    publisher.publish(url, makeEvent()),
    publisher.publish("wss://b.test/", makeEvent()),
  ];
  publisher.stop();
  assert.ok((await Promise.all(waiting)).every(({ accepted }) => !accepted));
  assert.ok(environment.sockets.every(({ isEnded }) => isEnded));
  assert.deepEqual(environment.waits(), []);
});
