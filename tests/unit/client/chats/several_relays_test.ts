import assert from "node:assert/strict";
import { KIND } from "../../../../protocol/nostr_event.ts";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import type { ConnectionView } from "../../../../client/chats/model/connection_model.ts";
import { createRelayQueries } from "../../../../client/relays/relay_queries.ts";
import { createBrowserEnvironment } from "../../../../client/relays/relay_environment.ts";
import {
  type Device,
  type Person,
  startWorld,
  untilChange,
  untilStatus,
  untilTexts,
  type World,
} from "./world.ts";

/** Two people of one server that recommends two more relays. */
async function neighbours(world: World) {
  const outside = [await world.addRelay(), await world.addRelay()];
  const defaultRelays = () => Promise.resolve(outside.map(({ url }) => url));
  const alice = await world.device(world.person("alice"), { defaultRelays });
  const bob = await world.device(world.person("bob"), { defaultRelays });
  for (const device of [alice, bob]) {
    await untilAllRead(device, 3);
    await untilPublic(world.relayUrl, device.person);
  }
  return { alice, bob, outside, defaultRelays };
}

function ownUrls({ relays }: ConnectionView): string[] {
  return relays.filter(({ isOwn }) => isOwn).map(({ url }) => url);
}

async function untilAllRead(device: Device, count: number): Promise<void> {
  await device.until(`${count} relays that are read`, ({ connection: { relays } }) => {
    const own = relays.filter(({ isOwn }) => isOwn);
    return own.length === count && own.every(({ state }) => state === "connected");
  });
}

/** What a relay has of somebody's public events. */
async function publicEvents(url: string, { secrets }: Person) {
  const environment = createBrowserEnvironment({ serverOffsetMs: () => 0 });
  const queries = createRelayQueries(environment);
  const author = nostrPubkeyOf(secrets.nostrSecret);
  return await queries.ask(url, { author, kinds: [KIND.profile, KIND.relayList] }) ?? [];
}

/** Waits until a relay has both of them. */
async function untilPublic(url: string, person: Person) {
  for (;;) {
    const events = await publicEvents(url, person);
    if (events.length === 2) return events;
  }
}

Deno.test("with the home relay down known contacts chat on over the others; after its return all is there once", async () => {
  await using world = await startWorld();
  const { alice, bob } = await neighbours(world);
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toBob.send("before");
  await untilStatus(toBob, "delivered");

  await world.stopRelay();
  await toBob.send("over the others");
  await untilTexts(toAlice, ["before", "over the others"]);
  await untilStatus(toBob, "delivered");
  await toAlice.send("and back");
  await untilTexts(toBob, ["before", "over the others", "and back"]);
  await untilStatus(toAlice, "delivered");
  assert.equal(alice.chats.connection.state, "connected");
  const via = toBob.messages[1]?.relays[0];
  assert.ok(via && via !== world.relayUrl);

  await world.startRelay();
  for (const device of [alice, bob]) {
    device.chats.retryConnection();
    await untilAllRead(device, 3);
  }
  await toBob.send("home again");
  await untilStatus(toBob, "delivered");
  const texts = ["before", "over the others", "and back", "home again"];
  for (const thread of [toAlice, toBob]) await untilTexts(thread, texts);
  assert.deepEqual([alice.faults, bob.faults], [[], []]);
});

Deno.test("a message that several relays bring is shown once and acked once, and each of them is named", async () => {
  await using world = await startWorld();
  const { alice, bob, outside } = await neighbours(world);
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toBob.send("first");
  await untilStatus(toBob, "delivered");
  await toBob.send("everywhere");
  const urls = [world.relayUrl, ...outside.map(({ url }) => url)].sort();
  for (const thread of [toBob, toAlice]) {
    await untilChange(thread, {
      what: "every relay",
      isSo: () =>
        JSON.stringify(thread.messages.at(-1)?.relays.toSorted()) === JSON.stringify(urls),
    });
  }
  await untilTexts(toAlice, ["first", "everywhere"]);
  await untilStatus(toBob, "delivered");
  assert.deepEqual(alice.chats.dropped, {});
  assert.deepEqual(bob.chats.dropped, {});
});

Deno.test("a profile and a list are published to every own relay; a restored device takes the list up", async () => {
  await using world = await startWorld();
  const { alice, outside } = await neighbours(world);
  const urls = [world.relayUrl, ...outside.map(({ url }) => url)];
  for (const url of urls) {
    const events = await untilPublic(url, alice.person);
    const profile = events.find(({ kind }) => kind === KIND.profile);
    const list = events.find(({ kind }) => kind === KIND.relayList);
    assert.deepEqual(JSON.parse(profile!.content), {
      name: "alice",
      nip05: "alice@kez.test",
      kez_primary: alice.person.primary,
    });
    assert.deepEqual(list!.tags, urls.map((one) => ["r", one]));
  }
  await alice.chats.removeRelay(outside[1]!.url);
  await untilAllRead(alice, 2);
  const left = [world.relayUrl, outside[0]!.url];
  for (;;) {
    const events = await publicEvents(world.relayUrl, alice.person);
    const list = events.find(({ kind }) => kind === KIND.relayList);
    if (list?.tags.length === 2) break;
  }
  const restored = await world.device(alice.person, {
    isRestored: true,
    defaultRelays: () => Promise.resolve(outside.map(({ url }) => url)),
  });
  await restored.until(
    "the list of the other device",
    ({ connection }) => JSON.stringify(ownUrls(connection)) === JSON.stringify(left),
  );
  assert.equal(restored.chats.connection.isDefaultList, false);
});

Deno.test("where only own relays take a message, it goes on to the contact's own when that is back", async () => {
  await using world = await startWorld();
  await using abroad = await startWorld();
  const shared = await world.addRelay();
  const defaultRelays = () => Promise.resolve([shared.url]);
  const alice = await world.device(world.person("alice"), { defaultRelays });
  await untilAllRead(alice, 2);
  const bobby = abroad.person("bob", { server: "abroad.test" });
  world.list("bob", bobby, abroad.relayUrl);
  const bob = await abroad.device(bobby);
  abroad.list("alice", alice.person, world.relayUrl);
  await bob.chats.startChat("alice@kez.test");
  const toBob = await alice.open(await alice.chats.startChat("bob@abroad.test"));
  await abroad.stopRelay();

  await toBob.send("left with a neighbour");
  await untilStatus(toBob, "sent");
  assert.deepEqual(toBob.messages[0]?.relays, [shared.url]);
  await toBob.send("and another");
  await untilChange(toBob, {
    what: "both taken",
    isSo: () => toBob.messages.every(({ status }) => status === "sent"),
  });

  await abroad.startRelay();
  bob.chats.retryConnection();
  alice.chats.retryConnection();
  const toAlice = await bob.open("alice@kez.test");
  await untilTexts(toAlice, ["left with a neighbour", "and another"]);
  await untilStatus(toBob, "delivered");
  assert.ok(toBob.messages[0]?.relays.includes(abroad.relayUrl));
});

Deno.test("whoever was away for twenty days gets everything once, from whichever relay has it", async () => {
  const DAY_MS = 24 * 60 * 60 * 1000;
  let daysAgo = 20;
  await using world = await startWorld({ nowMs: () => Date.now() - daysAgo * DAY_MS });
  const { alice, bob, outside, defaultRelays } = await neighbours(world);
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  const texts = ["before the holiday"];
  await toBob.send(texts[0]!);
  await untilStatus(toBob, "delivered");
  assert.equal(toAlice.messages.length, 1);
  await bob[Symbol.asyncDispose]();

  for (; daysAgo > 0; daysAgo -= 4) {
    const isHomeDown = daysAgo % 8 === 0;
    if (isHomeDown) await world.stopRelay();
    else await outside[0]!.stop();
    const text = `${daysAgo} days ago`;
    texts.push(text);
    await toBob.send(text);
    await untilStatus(toBob, "sent");
    if (isHomeDown) await world.startRelay();
    else await outside[0]!.start();
  }
  const { databaseName } = bob;
  const back = await world.device(bob.person, { databaseName, defaultRelays });
  await untilAllRead(back, 3);
  const shown = await back.open("alice");
  await untilTexts(shown, texts);
  await untilChange(toBob, {
    what: "all of them delivered",
    isSo: () => toBob.messages.every(({ status }) => status === "delivered"),
  });
  assert.equal(shown.conversation.unread, 6);
});
