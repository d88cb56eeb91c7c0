import assert from "node:assert/strict";
import { pictureLabel } from "../../../../protocol/picture_key.ts";
import { decodeHex } from "../../../../protocol/bytes.ts";
import { type Device, type Person, startWorld, type World } from "../chats/world.ts";
import { within } from "../../../support/within.ts";
import { faceOf, publishProfile, untilPublished } from "./profile_support.ts";

type Keys = Record<string, unknown>;

const clock = { aheadMs: 0 };
const nowMs = () => Date.now() + clock.aheadMs;

async function setFace({ chats }: Device, red: number): Promise<Uint8Array> {
  const face = await faceOf(red);
  await chats.setPicture(new Blob([face]));
  return face;
}

/** What a device has of somebody's picture; null for none. */
async function faceAt({ chats }: Device, { primary }: Person): Promise<Uint8Array | null> {
  return await (await chats.picture(primary))?.bytes() ?? null;
}

function viewOf({ chats }: Device, { primary }: Person) {
  return chats.conversations.find((one) => one.primary === primary)!;
}

async function untilFace(device: Device, { person, sha256 }: { person: Person; sha256: string }) {
  await device.until(
    "the face",
    () => viewOf(device, person)?.picture?.startsWith(sha256) === true,
  );
}

function sha256In({ picture }: Record<string, unknown>): string {
  return /[0-9a-f]{64}/.exec(String(picture))![0];
}

function labelIn({ picture }: Record<string, unknown>, from: Person, to: Person): string {
  const salt = decodeHex(String(picture).split(":").at(-1)!)!;
  return pictureLabel(to.primary, { identitySecret: from.secrets.identitySecret, salt });
}

/** Waits until the profile has a picture other than one. */
function untilPictured(world: World, person: Person, other = "") {
  return untilPublished(
    world,
    person,
    ({ picture }) => typeof picture === "string" && (other === "" || !picture.includes(other)),
  );
}

Deno.test("a contact sees the face, a stranger has nothing but noise and no key", async () => {
  await using world = await startWorld();
  const bob = await world.device(world.person("bob"));
  const alice = await world.device(world.person("alice"));
  await alice.chats.startChat("bob");
  const face = await setFace(alice, 200);
  const profile = await untilPictured(world, alice.person);
  assert.match(
    String(profile.picture),
    /^https:\/\/kez\.test\/[0-9a-f]{64}\.png#kez-visual-v2:[0-9a-f]{32}$/,
  );
  assert.equal(Object.keys(profile.kez_visual_keys as Keys).length, 16);
  await bob.chats.startChat("alice");
  await untilFace(bob, { person: alice.person, sha256: sha256In(profile) });
  assert.deepEqual(await faceAt(bob, alice.person), face);
  const noise = world.blobs.stored.get(sha256In(profile))!;
  assert.notDeepEqual(noise, face);
  assert.deepEqual(await (await alice.chats.pictureForStrangers())?.bytes(), noise);
  const carol = await world.device(world.person("carol"));
  await carol.chats.startChat("alice");
  await carol.chats.openThread("alice");
  await carol.until("the profile", () => viewOf(carol, alice.person).title === "alice");
  assert.equal(await faceAt(carol, alice.person), null);
});

/** Waits until the server has removed a blob. */
async function untilGone({ blobs }: World, sha256: string): Promise<void> {
  const isGone = async () => {
    while (blobs.stored.has(sha256)) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await within(isGone(), { what: "removal" });
}

Deno.test("what other apps wrote into the profile stays, whatever is changed here", async () => {
  await using world = await startWorld();
  const person = world.person("alice");
  const theirs = { about: "Fishes", lud16: "a@b.example", bot: false, x: { y: [1, "z"] } };
  await publishProfile(world, { person, profile: { name: "Al", ...theirs } });
  clock.aheadMs += 2_000;
  const alice = await world.device(person, { nowMs });
  await alice.chats.setDisplayName("Alice Liddell");
  const named = await untilPublished(world, person, (one) => one.display_name === "Alice Liddell");
  await setFace(alice, 9);
  const pictured = await untilPictured(world, person);
  await alice.chats.removePicture();
  await alice.chats.setDisplayName("");
  const bare = await untilPublished(world, person, (one) => !one.picture && !one.display_name);
  for (const profile of [named, pictured, bare]) {
    for (const [name, value] of Object.entries({ name: "Al", ...theirs })) {
      assert.deepEqual(profile[name], value, name);
    }
    assert.equal(profile.kez_primary, person.primary);
  }
  assert.equal("kez_visual_keys" in bare, false);
  assert.equal(alice.chats.profile.picture, null);
});

Deno.test("a fresh device after a restore sees the own name and picture, and so does a device that was there", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const face = await setFace(alice, 120);
  await alice.chats.setDisplayName("Alice");
  await untilPublished(world, alice.person, (one) => Boolean(one.display_name && one.picture));
  const fresh = await world.device(alice.person, { isRestored: true });
  await fresh.until("the own picture", ({ profile }) => profile.picture !== null);
  assert.deepEqual(await faceAt(fresh, alice.person), face);
  assert.equal(fresh.chats.profile.displayName, "Alice");
  await fresh.chats.setDisplayName("Alice II");
  await untilPublished(world, alice.person, (one) => one.display_name === "Alice II");
  const again = await alice.reload();
  await again.until("the new name", ({ profile }) => profile.displayName === "Alice II");
  assert.deepEqual(await faceAt(again, alice.person), face);
  assert.deepEqual([...alice.faults, ...fresh.faults, ...again.faults], []);
});

Deno.test("a new contact gets the key at once and a place in the profile; the other places stay as they were", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const face = await setFace(alice, 33);
  const before = await untilPictured(world, alice.person);
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toAlice.send("Hello");
  await alice.until("the request", () => viewOf(alice, bob.person)?.state === "request");
  await alice.chats.accept(viewOf(alice, bob.person).peer);
  await untilFace(bob, { person: alice.person, sha256: sha256In(before) });
  assert.deepEqual(await faceAt(bob, alice.person), face);
  const label = labelIn(before, alice.person, bob.person);
  const after = await untilPublished(
    world,
    alice.person,
    ({ kez_visual_keys: keys }) => Object.hasOwn(keys as Keys, label),
  );
  assert.equal(after.picture, before.picture);
  const [old, now] = [before, after].map(({ kez_visual_keys: keys }) => Object.keys(keys as Keys));
  assert.equal(now!.length, 16);
  assert.deepEqual(now!.filter((one) => !old!.includes(one)), [label]);
});

Deno.test("who was blocked has no key to the next picture", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const [bob, carol] = [world.person("bob"), world.person("carol")];
  await alice.chats.startChat("bob");
  await alice.chats.startChat("carol");
  await setFace(alice, 1);
  const first = await untilPictured(world, alice.person);
  assert.ok(labelIn(first, alice.person, bob) in (first.kez_visual_keys as Keys));
  await alice.chats.block("bob");
  await setFace(alice, 2);
  const next = await untilPictured(world, alice.person, sha256In(first));
  assert.ok(labelIn(next, alice.person, carol) in (next.kez_visual_keys as Keys));
  assert.equal(labelIn(next, alice.person, bob) in (next.kez_visual_keys as Keys), false);
});

Deno.test("a picture is shown to everybody, and to contacts alone again under another key", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const carol = await world.device(world.person("carol"));
  const face = await setFace(alice, 60);
  const secret = await untilPictured(world, alice.person);
  await alice.chats.setPicturePublic(true);
  const open = await untilPictured(world, alice.person, "kez-visual");
  assert.match(String(open.picture), /^https:\/\/kez\.test\/[0-9a-f]{64}\.jpg$/);
  assert.equal("kez_visual_keys" in open, false);
  assert.equal(alice.chats.profile.isPublic, true);
  await carol.chats.startChat("alice");
  await untilFace(carol, { person: alice.person, sha256: sha256In(open) });
  await alice.chats.setPicturePublic(false);
  const closed = await untilPictured(world, alice.person, sha256In(open));
  assert.notEqual(closed.picture, secret.picture);
  await untilGone(world, sha256In(open));
  assert.deepEqual(await faceAt(alice, alice.person), face);
  assert.equal(alice.chats.profile.isPublic, false);
});

Deno.test("without a picture the switch holds for the next one, over a restart", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  await alice.chats.setPicturePublic(true);
  assert.equal(alice.chats.profile.isPublic, true);
  const again = await alice.reload();
  await setFace(again, 60);
  const { picture } = await untilPictured(world, again.person);
  assert.match(String(picture), /\.jpg$/);
});

Deno.test("a name that was changed without a network is published after it; a picture says that it cannot", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  await untilPublished(world, alice.person, () => true);
  await world.stopRelay();
  world.blobs.isAway = true;
  await alice.chats.setDisplayName("Alice Away");
  await assert.rejects(setFace(alice, 5), { code: "no_network" });
  assert.deepEqual(alice.chats.profile, {
    displayName: "Alice Away",
    picture: null,
    isPublic: false,
  });
  const again = await alice.reload();
  await world.startRelay();
  again.setOnline(true);
  await untilPublished(world, again.person, (one) => one.display_name === "Alice Away");
});

Deno.test("a relay that shows an older profile takes nothing back, and gets the newest again", async () => {
  await using world = await startWorld();
  const person = world.person("alice");
  const alice = await world.device(person);
  await alice.chats.setDisplayName("Alice Now");
  await untilPublished(world, person, (one) => one.display_name === "Alice Now");
  await alice[Symbol.asyncDispose]();
  // Another home relay, which has never heard of the newest one.
  await using elsewhere = await startWorld();
  elsewhere.admit(person);
  const profile = { kez_primary: person.primary, display_name: "Alice Then" };
  await publishProfile(elsewhere, { person, profile, aheadS: -60 });
  const again = await elsewhere.device(person, { databaseName: alice.databaseName });
  await untilPublished(elsewhere, person, (one) => one.display_name === "Alice Now");
  assert.equal(again.chats.profile.displayName, "Alice Now");
});
