import assert from "node:assert/strict";
import { backoffMs } from "../../../../client/relays/backoff.ts";
import { createRelayConnection } from "../../../../client/relays/relay_connection.ts";
import { isRelayUrl, relaysOfOthers } from "../../../../client/relays/relay_url.ts";
import { createFakeEnvironment } from "./fake_environment.ts";

function connect(url = "ws://127.0.0.1:6970/") {
  const environment = createFakeEnvironment();
  const log: string[] = [];
  const connection = createRelayConnection({
    url,
    environment,
    onUp: () => log.push("up"),
    onDown: () => log.push("down"),
    onFrame: (frame) => log.push(frame.type),
  });
  connection.start();
  return { environment, connection, log };
}

Deno.test("only wss is a relay's URL, and ws on this very machine", () => {
  const cases: [string, boolean][] = [
    ["wss://kez.lat/relay", true],
    ["ws://127.0.0.1:6970/", true],
    ["ws://localhost:1/", true],
    ["ws://[::1]:6970/", true],
    ["ws://kez.lat/relay", false],
    ["ws://127.0.0.1.evil.test/", false],
    ["ws://localhost.evil.test/", false],
    ["http://127.0.0.1/", false],
    ["javascript:alert(1)", false],
    ["", false],
    ["wss://name:word@kez.lat/", false],
    [`wss://kez.lat/${"x".repeat(512)}`, false],
  ];
  for (const [url, isOne] of cases) assert.equal(isRelayUrl(url), isOne, url);
  for (const url of ["ws://127.0.0.1:6970/", "wss://127.0.0.1:6970/", "wss://localhost/"]) {
    assert.ok(!isRelayUrl(url, { mayBeLoopback: false }), url);
  }
  assert.ok(isRelayUrl("wss://kez.lat/relay", { mayBeLoopback: false }));
});

Deno.test("of relays that somebody else names none is of this house, but where they are in it too", () => {
  const outside = ["wss://kez.lat/relay"];
  const inside = ["wss://192.168.1.1/reboot", "wss://nas.local/", "ws://localhost:1/"];
  const named = [...outside, ...inside, "ws://kez.lat/"];
  assert.deepEqual(relaysOfOthers(named, { mayBePrivate: false }), outside);
  assert.deepEqual(relaysOfOthers(named, { mayBePrivate: true }), [...outside, ...inside]);
});

Deno.test("waits grow from one second to sixty, each a quarter more or less", () => {
  assert.equal(backoffMs(1, 0.5), 1_000);
  assert.equal(backoffMs(1, 0), 750);
  assert.equal(backoffMs(100, 0.5), 60_000);
  for (let failures = 1; failures < 30; failures++) {
    assert.ok(backoffMs(failures + 1, 0.5) >= backoffMs(failures, 0.5));
    assert.ok(backoffMs(failures, 0.999) <= 75_000);
  }
});

Deno.test("a connection that fails is tried again after growing waits, which a success resets", () => {
  const { environment, connection, log } = connect();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 12; attempt++) {
    environment.socket().end();
    waits.push(environment.waits()[0]!);
    environment.pass(environment.waits()[0]!);
  }
  assert.equal(environment.sockets.length, 13);
  assert.deepEqual(waits.slice(0, 4), [1_000, 1_500, 2_250, 3_375]);
  assert.equal(waits.at(-1), 60_000);
  environment.socket().open();
  connection.confirm();
  environment.socket().end();
  assert.deepEqual(environment.waits(), [1_000]);
  assert.deepEqual(log.slice(-2), ["up", "down"]);
});

Deno.test("nothing is tried without a network, and at once when it comes", () => {
  const { environment, connection, log } = connect();
  environment.socket().open();
  environment.setOnline(false);
  assert.ok(environment.socket().isEnded);
  assert.deepEqual(log, ["up", "down"]);
  environment.pass(10 * 60_000);
  assert.equal(environment.sockets.length, 1);
  environment.setOnline(true);
  assert.equal(environment.sockets.length, 2);
  connection.stop();
  assert.deepEqual(environment.waits(), []);
});

Deno.test("a wake tries at once what waits, and begins its waits anew", () => {
  const { environment, connection } = connect();
  for (let i = 0; i < 10; i++) {
    environment.socket().end();
    environment.pass(environment.waits()[0]!);
  }
  environment.socket().end();
  connection.wake();
  assert.equal(environment.sockets.length, 12);
  environment.socket().end();
  assert.deepEqual(environment.waits(), [1_000]);
});

Deno.test("a socket that does not open within ten seconds has failed", () => {
  const { environment, log } = connect();
  environment.pass(10_000);
  assert.ok(environment.socket().isEnded);
  assert.deepEqual(log, ["down"]);
  environment.pass(1_000);
  assert.equal(environment.sockets.length, 2);
});

Deno.test("a silent connection is asked whether it is alive; the answer goes no further", () => {
  const { environment, log } = connect();
  const socket = environment.socket();
  socket.open();
  environment.pass(60_000);
  const [verb, id] = socket.frames.pop()!;
  assert.equal(verb, "REQ");
  socket.receive("EOSE", id);
  assert.deepEqual(socket.frames.pop(), ["CLOSE", id]);
  environment.pass(59_000);
  socket.receive("NOTICE", "hello");
  environment.pass(59_000);
  assert.deepEqual(socket.frames, []);
  environment.pass(1_000);
  assert.equal(socket.frames.length, 1);
  environment.pass(8_000);
  assert.ok(socket.isEnded);
  assert.deepEqual(log, ["up", "NOTICE", "down"]);
});

Deno.test("frames that are none are ignored; too large or binary ones end the connection", () => {
  for (const tooMuch of ["x".repeat(128 * 1024 + 1), new ArrayBuffer(8)]) {
    const { environment, log } = connect();
    const socket = environment.socket();
    socket.open();
    for (const junk of ["", "{}", "[]", "[1]", '["EVENT"]', '["LATER",1]', "\u0000"]) {
      socket.receiveRaw(junk);
    }
    assert.deepEqual(log, ["up"]);
    socket.receiveRaw(tooMuch);
    assert.ok(socket.isEnded);
    socket.receive("NOTICE", "after the end");
    assert.deepEqual(log, ["up", "down"]);
  }
});

Deno.test("plain ws to another machine is never opened", async () => {
  const { environment, log, connection } = connect("ws://kez.lat/relay");
  await Promise.resolve();
  assert.deepEqual(log, ["down"]);
  assert.equal(environment.sockets.length, 0);
  connection.stop();
});

Deno.test("after stop nothing waits and nothing is heard", () => {
  const { environment, connection, log } = connect();
  environment.socket().open();
  connection.stop();
  assert.deepEqual(log, ["up", "down"]);
  assert.deepEqual(environment.waits(), []);
  environment.setOnline(true);
  assert.equal(environment.sockets.length, 1);
  assert.equal(connection.send({ type: "CLOSE", id: "x" }), false);
});
