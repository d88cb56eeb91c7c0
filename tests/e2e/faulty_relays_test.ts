import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import type { Fault } from "../support/faulty_relay/fault.ts";
import { type FaultyRelay, startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import { forgeAcks, FORGED_TEXT, forgeMail } from "../support/faulty_relay/forgeries.ts";
import {
  adding,
  refusingToRead,
  replayingAndReordering,
  requiringAuth,
} from "../support/faulty_relay/read_faults.ts";
import { slow } from "../support/faulty_relay/slow.ts";
import { dyingInMidSend, refusing } from "../support/faulty_relay/write_faults.ts";
import { createRandom } from "../support/random.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import {
  connected,
  countMessages,
  createPeople,
  expectStatus,
  kept,
  message,
  send,
  startChat,
} from "./actions.ts";

interface Scene {
  server: KezChat;
  relay: FaultyRelay;
  alice: Page;
  bob: Page;
}

/** Alice and Bob, whose lists name the home relay and one more, which behaves so far; their apps need no server. */
async function meet(
  { server, relay, browser }: { server: KezChat; relay: FaultyRelay; browser: TestBrowser },
): Promise<Scene> {
  const lists = relay.eventsOf(KIND.relayList, 2);
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await lists;
  await startChat(alice, "bob");
  await startChat(bob, "alice");
  await send(alice, "ping");
  await message(bob, "ping").waitFor();
  await expectStatus(alice, { text: "ping", status: "Delivered" });
  for (const page of [alice, bob]) await kept(page);
  return { server, relay, alice, bob };
}

/** Gives the relay faults that every new connection meets from its beginning. */
async function misbehave({ relay, alice, bob }: Scene, ...faults: Fault[]): Promise<void> {
  await relay.die();
  relay.behave(...faults);
  await relay.revive();
  for (const page of [alice, bob]) await connected(page);
}

/** A message each way, which arrives once and is shown as delivered. */
async function exchange({ alice, bob }: Scene, name: string): Promise<void> {
  const texts = [`${name}, there`, `${name}, back`] as const;
  await send(alice, texts[0]);
  await message(bob, texts[0]).waitFor();
  await expectStatus(alice, { text: texts[0], status: "Delivered" });
  await send(bob, texts[1]);
  await message(alice, texts[1]).waitFor();
  await expectStatus(bob, { text: texts[1], status: "Delivered" });
  for (const page of [alice, bob]) {
    for (const text of texts) assert.equal(await countMessages(page, text), 1, text);
  }
}

/** Reads in the dialog how the relay is. */
async function expectState({ relay }: Scene, { page, words }: { page: Page; words: string[] }) {
  await page.getByRole("button", { name: "Connection" }).click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  const item = dialog.getByRole("listitem").filter({ hasText: new URL(relay.url).host });
  for (const text of words) await item.getByText(text).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}

const isMail = ({ kind }: NostrEvent) => kind === KIND.message || kind === KIND.quiet;

Deno.test("with nothing but a faulty relay left people chat on, whatever its fault", async () => {
  await using relay = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", relay.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const scene = await meet({ server, relay, browser });
  await server.kill("SIGKILL");
  const random = createRandom(4);

  await exchange(scene, "accepting");
  const linksBefore = relay.links.length;
  await misbehave(scene, requiringAuth());
  await exchange(scene, "requiring AUTH");
  await expectState(scene, { page: scene.alice, words: ["Connected"] });
  const since = relay.links.slice(linksBefore);
  assert.ok(since.some(({ authed }) => authed.size > 0));
  const tied = since.filter(({ authed, sentEvents }) => authed.size > 0 && sentEvents.some(isMail));
  assert.equal(tied.length, 0, "mail left on a connection that had AUTHed");

  await misbehave(scene, slow(random, { maxDelayMs: 3_000 }));
  await exchange(scene, "slow");
  await misbehave(scene, dyingInMidSend({ isStored: false, times: 2 }));
  await exchange(scene, "dying before it is stored");
  await misbehave(scene, dyingInMidSend({ isStored: true, times: 2 }));
  await exchange(scene, "dying after it is stored");
  await misbehave(scene, replayingAndReordering(random));
  await exchange(scene, "replaying and reordering");
  for (const text of ["ping", "accepting, there", "slow, back"]) {
    for (const page of [scene.alice, scene.bob]) assert.equal(await countMessages(page, text), 1);
  }
});

Deno.test("forged mail is never shown, and forged acks prove nothing", async () => {
  await using relay = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", relay.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const scene = await meet({ server, relay, browser });
  const [alice, bob] = await Promise.all(["alice", "bob"].map(async (handle) => {
    const answer = await fetch(`${server.url}/v1/u/${handle}`);
    return await answer.json() as { primary: string; addr: string };
  })) as [{ primary: string; addr: string }, { primary: string; addr: string }];
  await server.kill("SIGKILL");

  const forged = new Map([
    [alice.addr, await forgeMail({ reader: alice.primary, inNameOf: bob.primary })],
    [bob.addr, await forgeMail({ reader: bob.primary, inNameOf: alice.primary })],
  ]);
  const toBob =
    relay.received.filter((event) =>
      event.kind === KIND.message && tagValue(event, "q") === bob.addr
    ).length;
  const isWithheld = (event: NostrEvent) =>
    event.kind === KIND.message && tagValue(event, "q") === bob.addr;
  /** Keeps what is for Bob to itself, as if it were delivered. */
  const withholding: Fault = {
    fromRelay(frame, { pass }) {
      if (frame.type !== "EVENT" || !isWithheld(frame.event)) pass(frame);
    },
  };
  await misbehave(scene, adding((reader) => forged.get(reader) ?? []), withholding);
  await send(scene.alice, "acked by nobody");
  await expectStatus(scene.alice, { text: "acked by nobody", status: "Sent" });
  const withheld = relay.received.filter(isWithheld).slice(toBob);
  assert.ok(withheld.length > 0);
  for (const { id: eventId } of withheld) {
    const peerSecret = crypto.getRandomValues(new Uint8Array(32));
    const messageId = "ab".repeat(16);
    const acks = await forgeAcks({ sender: alice.primary, peerSecret, eventId, messageId });
    acks.forEach((ack) => relay.plant(ack));
  }
  // What comes after them on the same connection has found them dealt with.
  await send(scene.bob, "after the forgeries");
  await message(scene.alice, "after the forgeries").waitFor();
  await expectStatus(scene.alice, { text: "acked by nobody", status: "Sent" });

  await misbehave(scene, adding((reader) => forged.get(reader) ?? []));
  await message(scene.bob, "acked by nobody").waitFor();
  await expectStatus(scene.alice, { text: "acked by nobody", status: "Delivered" });
  for (const page of [scene.alice, scene.bob]) {
    assert.equal(await countMessages(page, FORGED_TEXT), 0);
    assert.equal(await countMessages(page, "acked by nobody"), 1);
  }
});

Deno.test("a relay that is dead or refuses is told with its reason, and holds nothing up", async () => {
  await using relay = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", relay.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const scene = await meet({ server, relay, browser });
  const { alice } = scene;
  await relay.die();
  await exchange(scene, "dead");
  await expectState(scene, { page: alice, words: ["Does not answer"] });

  relay.behave(refusing("blocked: not here"));
  await relay.revive();
  await exchange(scene, "refusing");
  const words = "Takes no messages of people it does not know: blocked: not here";
  await expectState(scene, { page: alice, words: ["Connected", words] });

  await misbehave(scene, refusingToRead("restricted: paying members only"));
  await exchange(scene, "refusing to read");
  await expectState(scene, { page: alice, words: ["Refuses", "restricted: paying members only"] });
});

Deno.test("a relay that takes nothing of unknown people takes what the own key signs, once its owner agrees", async () => {
  await using relay = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", relay.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const scene = await meet({ server, relay, browser });
  const { alice, bob } = scene;
  const members = new Set(
    relay.events.filter(({ kind }) => kind === KIND.relayList).map(({ pubkey }) => pubkey),
  );
  assert.equal(members.size, 2);
  const isStranger = ({ event }: { event: NostrEvent }) => !members.has(event.pubkey);
  await server.kill("SIGKILL");
  await misbehave(scene, refusing("blocked: members only", isStranger));
  await send(alice, "let me in");
  for (const page of [alice, bob]) {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByRole("switch", { name: "Write with your own key where needed" }).click();
    await page.goBack();
  }
  await expectStatus(alice, { text: "let me in", status: "Delivered" });
  const mail = relay.events.filter(({ kind }) => kind === KIND.message);
  assert.ok(members.has(mail.at(-1)!.pubkey));
  assert.equal(mail.filter(({ pubkey }) => members.has(pubkey)).length, 1);
});
