import assert from "node:assert/strict";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import { createListener } from "../../../../server/listener/listener.ts";
import type { SocketEvents } from "../../../../server/listener/open_socket.ts";
import { makeMail, randomHex } from "../../../relay/support/events.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";
import { silentLog } from "../push/support.ts";
import { freshLimiter, instantPush, memoryListenerStore } from "./support.ts";

/** A connection of the listener to a relay that is played by the test. */
interface Link {
  url: string;
  sent: [string, string, { "#q": string[] }?][];
  isPaused: boolean;
  isClosed: boolean;
  say(...frame: unknown[]): void;
  /** The relay ends it. */
  lose(): void;
}

/** A listener in a time of its own, before relays that are played by the test. */
async function createWorld(relays: string[], { isForged = false } = {}) {
  const clock = createVirtualClock(Date.now());
  const links: Link[] = [];
  const told: string[] = [];
  const cursors: number[] = [];
  const world = { addrs: [] as string[], verified: 0, change: () => {} };
  const listener = createListener({
    push: instantPush(told),
    watched: {
      addrs: () => world.addrs,
      sinceMs: () => 0,
      onChange(listener) {
        world.change = listener;
        return () => {};
      },
    },
    newestMessage: () => 0,
    relays,
    openSocket(url: string, { onText, onClose }: SocketEvents) {
      const link: Link = {
        ...{ url, sent: [], isPaused: false, isClosed: false },
        say: (...frame) => onText(JSON.stringify(frame)),
        lose: onClose,
      };
      links.push(link);
      return Promise.resolve({
        send: (text) => link.sent.push(JSON.parse(text)),
        pause: () => void (link.isPaused = true),
        resume: () => void (link.isPaused = false),
        close: () => void (link.isClosed = true),
      });
    },
    store: memoryListenerStore({ cursors }),
    limiter: freshLimiter(clock.nowMs),
    verify() {
      world.verified += 1;
      return Promise.resolve(!isForged);
    },
    ...{ nowMs: clock.nowMs, afterMs: clock.afterMs, random: () => 0, log: silentLog },
  });
  const starting = listener.start();
  await clock.advance(1);
  await starting;
  return { clock, links, told, cursors, listener, world };
}

const addrsOf = (count: number) => Array.from({ length: count }, randomHex);
const askedOf = ({ sent }: Link) => sent.filter(([verb]) => verb === "REQ");
const mailFor = (addr: string): NostrEvent => makeMail(addr);

Deno.test("who subscribes is asked for within a second, and only the chunk that changed is asked anew", async () => {
  const { clock, links, world, listener } = await createWorld(["wss://a.example"]);
  assert.equal(links.length, 0);
  world.addrs = addrsOf(1_200);
  world.change();
  await clock.advance(1_000);
  const [link] = links as [Link];
  assert.deepEqual(askedOf(link).map(([, , filter]) => filter!["#q"].length), [500, 500, 200]);
  link.sent.length = 0;
  const late = randomHex();
  world.addrs = [...world.addrs, late];
  world.change();
  await clock.advance(1_000);
  const [again, ...rest] = askedOf(link);
  assert.deepEqual([again![2]!["#q"].length, again![2]!["#q"].includes(late), rest], [
    201,
    true,
    [],
  ]);
  world.addrs = [];
  world.change();
  await clock.advance(1_000);
  assert.ok(link.isClosed);
  await listener.stop();
});

Deno.test("a relay that floods forgeries has some fifty of them looked at, then is left alone for ten minutes", async () => {
  const { clock, links, told, world, listener } = await createWorld(["wss://hostile.example"], {
    isForged: true,
  });
  const [addr] = world.addrs = addrsOf(1);
  world.change();
  await clock.advance(300);
  const mail = mailFor(addr!);
  const wrong = [{ ...mail, id: randomHex() }, { ...mail, kind: 1 }, { ...mail, tags: [] }];
  for (let i = 0; i < 1_000; i++) {
    links[0]!.say("EVENT", "m0", mail);
    for (const event of wrong) links[0]!.say("EVENT", "m0", event);
  }
  await clock.advance(1_000);
  assert.ok(links[0]!.isClosed);
  assert.ok(world.verified <= 51, `${world.verified} signatures`);
  await clock.advance(9 * 60_000);
  assert.equal(links.length, 1);
  await clock.advance(2 * 60_000);
  assert.equal(links.length, 2);
  assert.deepEqual(told, []);
  await listener.stop();
});

Deno.test("of a relay that floods what is right, three hundred are looked at in a second, and another relay is not delayed", async () => {
  const { clock, links, told, world, listener } = await createWorld([
    "wss://flood.example",
    "wss://calm.example",
  ]);
  const [flooded, calm] = world.addrs = addrsOf(2);
  world.change();
  await clock.advance(300);
  const before = world.verified;
  const mail = mailFor(flooded!);
  for (let i = 0; i < 2_000; i++) links[0]!.say("EVENT", "m0", mail);
  links[1]!.say("EVENT", "m0", mailFor(calm!));
  await clock.advance(10);
  assert.ok(links[0]!.isPaused && !links[1]!.isPaused);
  assert.ok(told.includes(calm!));
  assert.ok(world.verified - before <= 301, `${world.verified - before} signatures`);
  await clock.advance(1_000);
  assert.ok(world.verified - before <= 601, `${world.verified - before} signatures`);
  // However often it comes, it counts once.
  assert.deepEqual(told.filter((addr) => addr === flooded), [flooded]);
  await listener.stop();
});

Deno.test("what a lost connection had not been looked at yet says nothing of the next one", async () => {
  const { clock, links, cursors, world, listener } = await createWorld(["wss://a.example"]);
  const [addr] = world.addrs = addrsOf(1);
  world.change();
  await clock.advance(300);
  const [first] = links as [Link];
  for (let i = 0; i < 305; i++) first.say("EVENT", "m0", mailFor(addr!));
  first.say("EOSE", "m0");
  await clock.advance(10);
  first.lose();
  await clock.advance(2_000);
  const [, second] = links as [Link, Link];
  assert.deepEqual(cursors, []);
  second.say("EVENT", "m0", mailFor(addr!));
  second.say("EOSE", "m0");
  await clock.advance(10);
  assert.equal(cursors.length, 1);
  await listener.stop();
});

Deno.test("a stop leaves nothing that comes back", async () => {
  const { clock, links, world, listener } = await createWorld(["wss://a.example"]);
  world.addrs = addrsOf(1);
  world.change();
  await clock.advance(1_000);
  await listener.stop();
  assert.ok(links.every(({ isClosed }) => isClosed));
  world.change();
  await clock.runAll();
  assert.equal(links.length, 1);
});
