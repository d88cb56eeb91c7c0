import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createListener } from "../../../../server/listener/listener.ts";
import type { SocketEvents } from "../../../../server/listener/open_socket.ts";
import { makeMail, randomHex } from "../../../relay/support/events.ts";
import { silentLog } from "../push/support.ts";
import { freshLimiter, instantPush, memoryListenerStore } from "./support.ts";

/** A listener to relays that are played by the test; every push is done at once. */
async function startListening(addrs: string[], relays: string[]) {
  const links = new Map<string, SocketEvents>();
  const pushed: string[] = [];
  const remembered = new Set<string>();
  const nowMs = () => Date.now();
  const listener = createListener({
    push: instantPush(pushed),
    watched: {
      addrs: () => addrs,
      sinceMs: (addr) => addrs.includes(addr) ? 0 : null,
      onChange: () => () => {},
    },
    newestMessage: () => 0,
    relays,
    openSocket(url, events) {
      links.set(url, events);
      return Promise.resolve({ send() {}, pause() {}, resume() {}, close() {} });
    },
    store: memoryListenerStore({ seen: remembered }),
    limiter: freshLimiter(nowMs),
    verify: () => Promise.resolve(true),
    nowMs,
    random: () => 0,
    // Whatever waits, waits for its turn alone; connections are refreshed by nobody here.
    afterMs(ms, run) {
      if (ms <= 1000) setTimeout(run);
      return () => {};
    },
    log: silentLog,
  });
  await listener.start();
  return {
    pushed,
    remembered,
    say: (url: string, event: NostrEvent) =>
      links.get(url)!.onText(JSON.stringify(["EVENT", "m0", event])),
    onHomeMessage: listener.onHomeMessage,
    stop: listener.stop,
  };
}

/** Ends once so many pushes were asked for. */
async function untilPushed(pushed: string[], addr: string): Promise<void> {
  while (!pushed.includes(addr)) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("who floods an addr over a relay elsewhere makes the server remember no more than 600 of it an hour, and stops nobody else's mail", async () => {
  const [alice, bob] = [randomHex(), randomHex()];
  const [flooded, quiet] = ["wss://flooded.example/", "wss://quiet.example/"];
  const { pushed, remembered, say, stop } = await startListening([alice, bob], [flooded, quiet]);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  for (let i = 0; i < 700; i++) say(flooded, makeMail(alice, { secret }));
  say(flooded, makeMail(bob));
  await untilPushed(pushed, bob);
  const ofAlice = pushed.filter((addr) => addr === alice).length;
  assert.ok(ofAlice >= 600 && ofAlice <= 610, `${ofAlice} asked for a push`);
  assert.ok(remembered.size <= 611, `${remembered.size} are remembered`);

  const other = makeMail(alice);
  say(flooded, other);
  say(flooded, makeMail(bob));
  pushed.length = 0;
  await untilPushed(pushed, bob);
  say(quiet, other);
  await untilPushed(pushed, alice);
  await stop();
});

Deno.test("of mail to who has no device that is told nothing is remembered", async () => {
  const [alice, nobody] = [randomHex(), randomHex()];
  const relays = ["wss://relay.example/"];
  const { pushed, remembered, onHomeMessage, stop } = await startListening([alice], relays);
  onHomeMessage(nobody, { id: randomHex(), seq: 1 });
  const id = randomHex();
  onHomeMessage(alice, { id, seq: 2 });
  await untilPushed(pushed, alice);
  await stop();
  assert.deepEqual(pushed, [alice]);
  assert.deepEqual([...remembered], [id]);
});
