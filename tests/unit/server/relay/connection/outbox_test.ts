import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { WebSocket } from "ws";
import { createOutbox } from "../../../../../server/relay/connection/outbox.ts";
import { createUnsentBytes } from "../../../../../server/relay/connection/unsent.ts";

const MIB = 2 ** 20;
const LIMITS = { maxBufferedBytes: 8 * MIB, maxClientBufferedBytes: 16 * MIB };
const unsent = createUnsentBytes();

/** A socket whose reader takes bytes when the test says so. */
function openSocket(client: string) {
  const events = new EventEmitter();
  const callbacks: (() => void)[] = [];
  let isEnded = false;
  const socket = Object.assign(events, {
    bufferedAmount: 0,
    readyState: WebSocket.OPEN as number,
    send(frame: string, _options: unknown, sent: () => void) {
      socket.bufferedAmount += frame.length;
      callbacks.push(sent);
    },
    terminate() {
      isEnded = true;
      socket.readyState = WebSocket.CLOSED;
      events.emit("close");
    },
  });
  const outbox = createOutbox(socket as unknown as WebSocket, {
    stream: { cork: () => undefined, uncork: () => undefined },
    unsent: unsent.open(client),
    limits: LIMITS,
    onTooSlow: () => undefined,
  });
  return {
    isEnded: () => isEnded,
    isBusy: outbox.isBusy,
    send: (bytes: number) => outbox.send("x".repeat(bytes)),
    takeAll() {
      socket.bufferedAmount = 0;
      for (const sent of callbacks.splice(0)) sent();
    },
    end: () => socket.terminate(),
  };
}

Deno.test("sockets of one client hold no more together than their share, however many they are", () => {
  const sockets = Array.from({ length: 40 }, () => openSocket("greedy"));
  for (const each of sockets) for (let i = 0; i < 6; i++) each.send(MIB);
  const left = sockets.filter(({ isEnded }) => !isEnded());
  assert.ok(left.length * 6 <= 16, `${left.length} sockets are left`);
  const other = openSocket("other");
  for (let i = 0; i < 6; i++) other.send(MIB);
  assert.equal(other.isEnded(), false);
  for (const each of [...sockets, other]) each.end();
});

Deno.test("who reads is not ended for what a neighbour holds, and a scan waits meanwhile", () => {
  const [one, two, modest] = [1, 2, 3].map(() => openSocket("shared")) as [
    ReturnType<typeof openSocket>,
    ReturnType<typeof openSocket>,
    ReturnType<typeof openSocket>,
  ];
  modest.send(MIB / 2);
  assert.equal(modest.isBusy(), false);
  for (let i = 0; i < 7; i++) for (const each of [one, two]) each.send(MIB);
  assert.equal(modest.isBusy(), true);
  modest.takeAll();
  for (const each of [one, two]) each.send(MIB);
  one.send(MIB / 4);
  assert.equal(one.isEnded(), true);
  modest.send(MIB / 4);
  assert.deepEqual([modest.isEnded(), modest.isBusy()], [false, false]);
  two.end();
  modest.send(MIB / 2);
  assert.equal(modest.isBusy(), false);
});

Deno.test("what is taken, or whose socket is gone, is nobody's any more", () => {
  const socket = openSocket("again");
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 7; i++) socket.send(MIB);
    socket.takeAll();
  }
  assert.equal(socket.isEnded(), false);
  socket.send(MIB);
  socket.end();
  assert.equal(unsent.open("again").ofClient(), 0);
});
