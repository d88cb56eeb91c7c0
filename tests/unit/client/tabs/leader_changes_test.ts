/**
 * Tabs that open, end, freeze and take the lead at random moments, while everybody writes. `FUZZ_ROUNDS` (6) is how many
 * lives of a browser there are, `FUZZ_SEED` (1) the first one's seed.
 */
import assert from "node:assert/strict";
import type { Live } from "../../../../client/chats/live.ts";
import type { Thread } from "../../../../client/chats/model/thread_model.ts";
import { within } from "../../../support/within.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../support/random.ts";
import { startWorld, untilChange, type World } from "../chats/world.ts";
import { createFakeBrowser } from "./fake_browser.ts";
import { openDesk, openTab, type Tab } from "./tab.ts";

const STEPS = 40;
const MAX_TABS = 5;

/** A tab with the thread with Bob open. */
interface Seat {
  tab: Tab;
  thread: Live<Thread>;
  sending: Promise<unknown>[];
  isFrozen: boolean;
}

for (const seed of fuzzSeeds(6)) {
  Deno.test(`whoever leads when, nothing is lost or doubled (seed ${seed})`, async () => {
    await using world = await startWorld();
    await liveThrough(world, createRandom(seed));
  });
}

async function liveThrough(world: World, random: Random): Promise<void> {
  const alice = world.person("alice");
  const bob = await world.device(world.person("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toAlice.send("hello");
  const browser = createFakeBrowser(() => random.int(4));
  const desk = await openDesk(world, { person: alice, browser });
  const seats: Seat[] = [];
  const certain: string[] = [];
  const uncertain: string[] = [];

  async function open(): Promise<void> {
    const tab = openTab(desk);
    await tab.until("unlocked", () => tab.session.phase === "unlocked" && tab.chats.isLoaded);
    const opening = tab.chats.startChat("bob").then((peer) => tab.chats.openThread(peer));
    const thread = (await within(opening, { what: "a thread", maxMs: 60_000 }))!;
    seats.push({ tab, thread, sending: [], isFrozen: false });
  }

  function write(): void {
    const { thread, sending } = random.pick(seats);
    const text = `message ${certain.length + uncertain.length}`;
    const kept = thread.send(text).then(() => void certain.push(text));
    uncertain.push(text);
    sending.push(kept);
  }

  async function end(): Promise<void> {
    if (seats.length < 2) return;
    const seat = random.pick(seats);
    seats.splice(seats.indexOf(seat), 1);
    // What it was not told of may have left or not.
    for (const one of seat.sending) one.catch(() => undefined);
    await seat.tab.kill();
  }

  /** Some other tab notices, as it would after a few seconds. */
  function freeze(): void {
    if (seats.filter(({ isFrozen }) => !isFrozen).length < 2) return;
    const seat = random.pick(seats);
    seat.tab.page.freeze();
    seat.isFrozen = true;
    random.pick(seats.filter(({ isFrozen }) => !isFrozen)).tab.take();
  }

  function thaw(): void {
    for (const seat of seats) {
      seat.isFrozen = false;
      seat.tab.page.thaw();
    }
  }

  await open();
  for (let step = 0; step < STEPS; step++) {
    const kind = random.int(10);
    if (kind < 5) write();
    else if (kind === 5 && seats.length < MAX_TABS) {
      thaw();
      await open();
    } else if (kind === 6) await end();
    else if (kind === 7) random.pick(seats).tab.take();
    else if (kind === 8) freeze();
    else thaw();
    await new Promise((resolve) => setTimeout(resolve, random.int(8)));
  }
  thaw();
  // Whoever is still there is told of everything that became of its messages.
  const answers = Promise.all(seats.flatMap(({ sending }) => sending));
  await within(answers, { what: "an answer to everything", maxMs: 60_000 });

  const received = () => toAlice.messages.filter(({ isOwn }) => !isOwn).map(({ text }) => text);
  await untilChange(toAlice, {
    what: "every message that was queued",
    isSo: () => certain.every((text) => received().includes(text)),
  });
  const texts = received();
  assert.equal(new Set(texts).size, texts.length, `doubled: ${texts}`);
  assert.ok(texts.every((text) => uncertain.includes(text)));
  for (const { tab, thread } of seats) {
    await untilChange(thread, {
      what: "the same in every tab",
      isSo: () => {
        const shown = thread.messages.filter(({ isOwn }) => isOwn).map(({ text }) => text);
        return new Set(shown).size === shown.length && shown.length >= certain.length &&
          certain.every((text) => shown.includes(text));
      },
    });
    assert.equal(thread.messages.filter(({ text }) => text === "hello").length, 1);
    assert.deepEqual(tab.faults, []);
  }
  for (const { tab } of seats) await tab[Symbol.asyncDispose]();
}
