import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { encodePng } from "../../../../client/pictures/png.ts";
import { craftMessage, publish, seal } from "../chats/hostile.ts";
import { type Device, type Person, startWorld, type World } from "../chats/world.ts";
import { faceOf, publishProfile, scrambledPicture, sha256Of } from "./profile_support.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const clock = { aheadMs: 0 };
const nowMs = () => Date.now() + clock.aheadMs;

function viewOf({ chats }: Device, { primary }: Person) {
  return chats.conversations.find((one) => one.primary === primary)!;
}

/** The picture that is kept of somebody; null for none. */
async function keptOf({ chats }: Device, { primary }: Person): Promise<Uint8Array | null> {
  return await (await chats.picture(primary))?.bytes() ?? null;
}

/** Waits until a picture of this many different ones is shown, or none. */
async function untilPicture(device: Device, person: Person, sha256: string | null) {
  await device.until(`the picture ${sha256}`, () => {
    const { picture } = viewOf(device, person);
    return sha256 === null ? picture === null : picture?.startsWith(sha256) === true;
  });
}

/** Opens a thread so much later that the contact may be asked about again. */
async function openLater(device: Device, peer: string): Promise<void> {
  clock.aheadMs += 10_000;
  await device.open(peer);
}

/** A contact who has published a profile with a picture, and somebody who has just begun to chat with them. */
async function withPicture(world: World) {
  const bob = world.person("bob");
  const alice = await world.device(world.person("alice"), { nowMs });
  const face = await faceOf(200);
  const { sha256, profile, secret } = await scrambledPicture(face, {
    world,
    person: bob,
    readers: [alice.person],
  });
  await publishProfile(world, {
    person: bob,
    profile: { display_name: "Bob Builder", ...profile },
  });
  await alice.chats.startChat("bob");
  await untilPicture(alice, bob, sha256);
  return { alice, bob, face, sha256, profile, secret };
}

Deno.test("a contact's name and face are shown, kept sealed over a restart, and not fetched twice", async () => {
  await using world = await startWorld();
  const { alice, bob, face } = await withPicture(world);
  assert.equal(viewOf(alice, bob).title, "Bob Builder");
  assert.equal(viewOf(alice, bob).handle, "bob");
  assert.deepEqual(await keptOf(alice, bob), face);
  await world.stopRelay();
  const again = await alice.reload();
  assert.equal(viewOf(again, bob).title, "Bob Builder");
  assert.deepEqual(await keptOf(again, bob), face);
  assert.equal(world.blobs.fetched.length, 1);
  assert.deepEqual(again.faults, []);
});

Deno.test("a name that the owner gave comes before the one that the peer wants", async () => {
  await using world = await startWorld();
  const { alice, bob } = await withPicture(world);
  await alice.chats.rename("bob", "Bobby");
  assert.equal(viewOf(alice, bob).title, "Bobby");
});

Deno.test("the newest profile wins, and what was shown stays until its successor is there", async () => {
  await using world = await startWorld();
  const { alice, bob, sha256 } = await withPicture(world);
  const seen: (string | null)[] = [];
  alice.chats.onChange(() => seen.push(viewOf(alice, bob).picture));
  const person = bob;
  const next = await scrambledPicture(await faceOf(20), { world, person, readers: [alice.person] });
  await publishProfile(world, { person, profile: next.profile, aheadS: 60 });
  await openLater(alice, "bob");
  await untilPicture(alice, bob, next.sha256);
  assert.deepEqual(await keptOf(alice, bob), await faceOf(20));
  assert.ok(seen.every((one) => one?.startsWith(sha256) || one?.startsWith(next.sha256)));
});

Deno.test("every contact's profile is looked at again after six hours without a thread, and not before", async () => {
  await using world = await startWorld();
  const [bob, carol] = [world.person("bob"), world.person("carol")];
  const passes = new Set<() => void>();
  const setTimer = (callback: () => void, delayMs: number) => {
    if (delayMs === 5_000 || delayMs === 10 * MINUTE_MS) passes.add(callback);
    const timer = setTimeout(callback, delayMs);
    return () => {
      passes.delete(callback);
      clearTimeout(timer);
    };
  };
  let laterMs = 0;
  const alice = await world.device(world.person("alice"), {
    nowMs: () => nowMs() + laterMs,
    environment: { setTimer },
  });
  const readers = [alice.person];
  const shown = async (person: Person, red: number) => {
    const picture = await scrambledPicture(await faceOf(red), { world, person, readers });
    await publishProfile(world, { person, profile: picture.profile, aheadS: red });
    return picture.sha256;
  };
  const passAfter = (ms: number) => {
    laterMs += ms;
    for (const pass of [...passes]) pass();
  };
  const first = await shown(bob, 10);
  await alice.chats.startChat("bob");
  await untilPicture(alice, bob, first);
  const second = await shown(bob, 20);
  passAfter(5 * HOUR_MS);
  const other = await shown(carol, 30);
  await alice.chats.startChat("carol");
  await untilPicture(alice, carol, other);
  assert.ok(viewOf(alice, bob).picture?.startsWith(first));
  passAfter(HOUR_MS);
  await untilPicture(alice, bob, second);
});

Deno.test("who gets no key, or no picture any more, sees the sign of the identity", async () => {
  await using world = await startWorld();
  const { alice, bob } = await withPicture(world);
  const person = bob;
  const other = await scrambledPicture(await faceOf(20), { world, person, readers: [] });
  await publishProfile(world, { person, profile: other.profile, aheadS: 60 });
  await openLater(alice, "bob");
  await untilPicture(alice, bob, null);
  assert.equal(await keptOf(alice, bob), null);
});

Deno.test("a key that was told makes a picture readable, before or after the profile that names it", async () => {
  await using world = await startWorld();
  const bob = world.person("bob");
  const carol = world.person("carol");
  const alice = await world.device(world.person("alice"), { nowMs });
  await alice.chats.startChat("bob");
  await alice.chats.startChat("carol");
  for (const [person, isTextFirst] of [[bob, true], [carol, false]] as const) {
    const face = await faceOf(77);
    const { sha256, profile, secret } = await scrambledPicture(face, {
      world,
      person,
      readers: [],
    });
    const tell = async () => {
      const key = Uint8Array.fromHex(secret.key).toBase64({
        alphabet: "base64url",
        omitPadding: true,
      });
      const body = { kind: "profile_key", salt: secret.salt, key };
      const letter = craftMessage(person, { to: alice.person, body });
      await publish(world, await seal(letter, { reader: alice.person, kind: 4244 }));
    };
    const show = async () => {
      await publishProfile(world, { person, profile, aheadS: 60 });
      await openLater(alice, person.handle);
    };
    for (const step of isTextFirst ? [tell, show] : [show, tell]) await step();
    await untilPicture(alice, person, sha256);
    assert.deepEqual(await keptOf(alice, person), face);
  }
});

Deno.test("about a stranger nothing is asked before acceptance", async () => {
  await using world = await startWorld();
  const bob = world.person("bob");
  const face = await faceOf(200);
  const alice = await world.device(world.person("alice"), { nowMs });
  const { sha256, profile } = await scrambledPicture(face, {
    world,
    person: bob,
    readers: [alice.person],
  });
  await publishProfile(world, { person: bob, profile: { display_name: "Bob", ...profile } });
  const letter = craftMessage(bob, { to: alice.person, body: { kind: "text", text: "Hi" } });
  await publish(world, await seal(letter, { reader: alice.person }));
  await alice.until("the request", () => viewOf(alice, bob)?.handle === "bob");
  const thread = await alice.open("bob");
  assert.equal(thread.conversation.state, "request");
  // Whatever would have been asked for is asked for in one order: that of an accepted contact comes after it.
  const carol = world.person("carol");
  const next = await scrambledPicture(face, { world, person: carol, readers: [alice.person] });
  await publishProfile(world, { person: carol, profile: next.profile });
  await alice.chats.startChat("carol");
  await untilPicture(alice, carol, next.sha256);
  assert.equal(viewOf(alice, bob).title, "bob");
  assert.ok(world.blobs.fetched.every((url) => !url.includes(sha256)));
  await alice.chats.accept("bob");
  await untilPicture(alice, bob, sha256);
});

/** What lies, is too large or is no picture, each under its own hash where it has one. */
const HOSTILE: Record<string, (world: World) => Promise<{ sha256: string }>> = {
  "another file than the one that was promised": async (world) => {
    const sha256 = bytesToHex(randomBytes(32));
    world.blobs.stored.set(sha256, await faceOf(1));
    return { sha256 };
  },
  "more than 2 MiB": (world) => store(world, new Uint8Array(2 * 1024 * 1024 + 1)),
  "no picture": (world) => store(world, new TextEncoder().encode("<svg onload='alert(1)'/>")),
  "a picture of too many pixels": async (world) =>
    await store(
      world,
      await encodePng({ width: 2048, height: 1024, rgb: new Uint8Array(2048 * 1024 * 3) }),
    ),
  "nothing": () => Promise.resolve({ sha256: bytesToHex(randomBytes(32)) }),
};

async function store(world: World, bytes: Uint8Array<ArrayBuffer>) {
  const sha256 = await sha256Of(bytes);
  world.blobs.stored.set(sha256, bytes);
  return { sha256 };
}

for (const [what, make] of Object.entries(HOSTILE)) {
  for (const isPublic of [true, false]) {
    Deno.test(`a ${isPublic ? "public" : "scrambled"} picture that is ${what} is not shown`, async () => {
      await using world = await startWorld();
      const { alice, bob, secret, profile } = await withPicture(world);
      const { sha256 } = await make(world);
      const fragment = isPublic ? "" : `#kez-visual-v2:${secret.salt}`;
      const picture = `https://kez.test/${sha256}.png${fragment}`;
      const hostile = { ...profile, display_name: "Still Bob", picture };
      await publishProfile(world, { person: bob, profile: hostile, aheadS: 60 });
      await openLater(alice, "bob");
      await untilPicture(alice, bob, null);
      assert.equal(viewOf(alice, bob).title, "Still Bob");
      assert.equal(await keptOf(alice, bob), null);
      assert.deepEqual(alice.faults, []);
    });
  }
}

Deno.test("while the server of a picture is away, what was shown before stays", async () => {
  await using world = await startWorld();
  const { alice, bob, sha256 } = await withPicture(world);
  const person = bob;
  const next = await scrambledPicture(await faceOf(20), { world, person, readers: [alice.person] });
  world.blobs.isAway = true;
  const profile = { display_name: "Bob Two", ...next.profile };
  await publishProfile(world, { person, profile, aheadS: 60 });
  await openLater(alice, "bob");
  await alice.until("the new name", () => viewOf(alice, bob).title === "Bob Two");
  assert.ok(viewOf(alice, bob).picture?.startsWith(sha256));
  assert.deepEqual(await keptOf(alice, bob), await faceOf(200));
});
