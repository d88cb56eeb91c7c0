import assert from "node:assert/strict";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import { entryHash, signSigchainEntry } from "../../../../protocol/sigchain_entry.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { connectClient } from "../../../relay/support/test_client.ts";
import { acquainted, type Device, startWorld, untilTexts, type World } from "../chats/world.ts";
import { type ClaimsWeb, proveOnGithub, startClaimsWeb } from "./claims_web.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** Alice, who has a proven claim, and Bob, who knows her; the clock is the test's. */
async function withClaim(
  run: (
    scene: Awaited<ReturnType<typeof acquainted>> & {
      world: World;
      web: ClaimsWeb;
      clock: { nowMs: number };
    },
  ) => Promise<void>,
): Promise<void> {
  const clock = { nowMs: Date.now() };
  const nowMs = () => clock.nowMs;
  using web = await startClaimsWeb({ nowMs });
  await using world = await startWorld({ nowMs });
  const scene = await acquainted(worldWith(world, web));
  await run({ world, web, clock, ...scene });
  assert.deepEqual([...scene.alice.faults, ...scene.bob.faults], []);
}

/** The world, in which every device has a web. */
function worldWith(world: World, { fetch }: ClaimsWeb): World {
  const device: World["device"] = (person, options) => world.device(person, { fetch, ...options });
  return Object.assign(Object.create(world), { device, [Symbol.asyncDispose]: () => {} });
}

async function outcomes(device: Device, peer: string): Promise<string[]> {
  const view = await device.chats.claimsOf(peer);
  return view!.claims.map(({ service, subject, check }) =>
    `${service} ${subject}, ${check?.outcome}`
  );
}

Deno.test("a claim is published once its proof was seen, and a contact sees it verified", () =>
  withClaim(async ({ alice, bob, web }) => {
    const wish = proveOnGithub(web, alice.person);
    const check = await alice.chats.addClaim(wish, { isUnproven: false });
    assert.equal(check.outcome, "verified");
    assert.deepEqual(await outcomes(alice, "alice"), ["github alice, verified"]);
    const view = await alice.chats.claimsOf("alice");
    assert.deepEqual(view!.entries.map(({ op }) => op), ["genesis", "nostr.link", "claim.add"]);

    await bob.chats.checkClaims("alice", "due");
    assert.deepEqual(await outcomes(bob, "alice"), ["github alice, verified"]);
    const { entry } = (await bob.chats.claimsOf("alice"))!.claims[0]!;

    await alice.chats.revokeClaim(entry);
    assert.deepEqual(await outcomes(alice, "alice"), []);
    await bob.chats.checkClaims("alice", "all");
    assert.deepEqual(await outcomes(bob, "alice"), []);
    // Nothing is left to take back.
    await alice.chats.revokeClaim(entry);
  }));

Deno.test("without a proof nothing is published, unless the owner wants it so", () =>
  withClaim(async ({ alice }) => {
    const wish = { service: "bluesky" as const, subject: "alice.example", proofUrl: null };
    const check = await alice.chats.addClaim(wish, { isUnproven: false });
    assert.deepEqual([check.outcome, check.reason], ["failed", "nobody"]);
    assert.deepEqual(await outcomes(alice, "alice"), []);
    await alice.chats.addClaim(wish, { isUnproven: true });
    assert.deepEqual(await outcomes(alice, "alice"), ["bluesky alice.example, failed"]);
    // The same wish again is no second claim.
    await alice.chats.addClaim(wish, { isUnproven: true });
    assert.deepEqual(await outcomes(alice, "alice"), ["bluesky alice.example, failed"]);
  }));

Deno.test("a check is good for a day, and `all` and one alone ask at once", () =>
  withClaim(async ({ alice, bob, web, clock }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    await bob.chats.checkClaims("alice", "due");
    const proofs = () => web.asked.filter((one) => one.includes("api.github.com")).length;
    const before = proofs();
    clock.nowMs += DAY_MS - 1;
    await bob.chats.checkClaims("alice", "due");
    assert.equal(proofs(), before);
    clock.nowMs += 1;
    web.pages.clear();
    await bob.chats.checkClaims("alice", "due");
    assert.equal(proofs(), before + 1);
    assert.deepEqual(await outcomes(bob, "alice"), ["github alice, failed"]);
    const { entry } = (await bob.chats.claimsOf("alice"))!.claims[0]!;
    await bob.chats.checkClaims("alice", { entry });
    await bob.chats.checkClaims("alice", { entry: "0".repeat(64) });
    assert.equal(proofs(), before + 2);
  }));

Deno.test("without a network what was known stays, with its time", () =>
  withClaim(async ({ alice, bob, web, clock }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    await bob.chats.checkClaims("alice", "due");
    const atMs = clock.nowMs;
    web.isAway = true;
    clock.nowMs += 60_000;
    await assert.rejects(
      bob.chats.checkClaims("alice", "all"),
      (error) => isUserError(error, "no_network"),
    );
    const view = await bob.chats.claimsOf("alice");
    assert.equal(view!.readAtMs, atMs);
    assert.deepEqual(await outcomes(bob, "alice"), ["github alice, unreachable"]);
    await assert.rejects(
      alice.chats.addClaim(
        { service: "hackernews", subject: "pg", proofUrl: null },
        { isUnproven: true },
      ),
      (error) => isUserError(error, "no_network"),
    );
  }));

Deno.test("a server that hides what a contact's message tells of is found out", () =>
  withClaim(async ({ alice, bob, toBob, toAlice, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    web.shown.set(alice.person.primary, (entries) => entries.slice(0, 1));
    await toBob.send("hello");
    await untilTexts(toAlice, ["hello"]);
    const warning = () =>
      bob.chats.conversations.find(({ peer }) => peer === "alice")?.chainWarning;
    await bob.until("warning", () => warning() === "rollback");
    assert.equal((await bob.chats.claimsOf("alice"))!.warning, "rollback");

    web.shown.clear();
    await bob.chats.checkClaims("alice", "all");
    assert.equal(warning(), null);
    assert.deepEqual(await outcomes(bob, "alice"), ["github alice, verified"]);
  }));

Deno.test("a server that cuts off what it has shown before is found out, and the claims of before stay", () =>
  withClaim(async ({ alice, bob, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    await bob.chats.checkClaims("alice", "all");
    web.shown.set(alice.person.primary, (entries) => entries.slice(0, 2));
    await bob.chats.checkClaims("alice", "all");
    assert.equal((await bob.chats.claimsOf("alice"))!.warning, "rollback");
    assert.deepEqual(await outcomes(bob, "alice"), ["github alice, verified"]);
  }));

Deno.test("two contacts notice a server that shows them different chains of one who is signed twice", () =>
  withClaim(async ({ alice, bob, toBob, toAlice, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    const { identitySecret } = alice.person.secrets;
    web.shown.set(alice.person.primary, (entries) => {
      const kept = entries.slice(0, 2);
      const forged = signSigchainEntry(
        { op: "claim.add", body: { service: "dns", subject: "evil.example", proof_url: null } },
        { seq: 2, prev: entryHash(kept[1]!), createdAtMs: Date.now(), identitySecret },
      );
      return [...kept, forged];
    });
    await bob.chats.checkClaims("alice", "all");
    assert.equal((await bob.chats.claimsOf("alice"))!.warning, null);
    await toBob.send("hello");
    await untilTexts(toAlice, ["hello"]);
    await bob.until(
      "warning",
      ({ conversations }) => conversations.some(({ chainWarning }) => chainWarning === "fork"),
    );
  }));

Deno.test("a chain that no reader may take shows as invalid, with the reason", () =>
  withClaim(async ({ alice, bob, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    web.shown.set(alice.person.primary, (entries) => [entries[0]!, entries[2]!]);
    await bob.chats.checkClaims("alice", "all");
    const { state, invalidReason } = (await bob.chats.claimsOf("alice"))!;
    assert.deepEqual([state, invalidReason], ["invalid", "gap"]);
  }));

Deno.test("what a stranger tells of a chain makes this device ask nobody, until the stranger is accepted", async () => {
  using web = await startClaimsWeb();
  await using world = await startWorld();
  const { fetch } = web;
  const alice = await world.device(world.person("alice"), { fetch });
  await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
  const bob = await world.device(world.person("bob"), { fetch });
  const toBob = await alice.open(await alice.chats.startChat("bob"));
  web.asked.length = 0;
  await toBob.send("hello");
  await bob.until(
    "request",
    ({ conversations }) =>
      conversations.some(({ state, peer }) => state === "request" && peer === "alice"),
  );
  await bob.chats.checkClaims("alice", "due");
  assert.deepEqual(web.asked, []);
  await bob.chats.accept("alice");
  await bob.chats.checkClaims("alice", "due");
  assert.deepEqual(await outcomes(bob, "alice"), ["github alice, verified"]);
});

Deno.test("another device of the owner takes the chain up, and goes on with it", () =>
  withClaim(async ({ alice, world, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    const tablet = await world.device(alice.person, { fetch: web.fetch, isRestored: true });
    await tablet.until("claims", ({ claimsRevision }) => claimsRevision > 0);
    assert.deepEqual(await outcomes(tablet, "alice"), ["github alice, undefined"]);
    const wish = { service: "hackernews" as const, subject: "alice", proofUrl: null };
    await tablet.chats.addClaim(wish, { isUnproven: true });
    const again = await alice.reload();
    await again.chats.checkClaims("alice", "all");
    assert.deepEqual(await outcomes(again, "alice"), [
      "github alice, verified",
      "hackernews alice, failed",
    ]);
  }));

Deno.test("with a conversation goes what is known of its claims", () =>
  withClaim(async ({ alice, bob, web }) => {
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    await bob.chats.checkClaims("alice", "due");
    await bob.chats.deleteConversation("alice");
    assert.equal(await bob.chats.claimsOf("alice"), null);
    web.isAway = true;
    await bob.chats.startChat("alice");
    assert.equal((await bob.chats.claimsOf("alice"))!.state, "unread");
  }));

Deno.test("the public profile tells of the chain too, and a contact compares it", () =>
  withClaim(async ({ alice, bob, web, world, clock }) => {
    await using reader = await connectClient(world.relayUrl);
    const author = nostrPubkeyOf(alice.person.secrets.nostrSecret);
    let profile = (await reader.subscribe("profile", { kinds: [0], authors: [author] }))[0];
    await alice.chats.addClaim(proveOnGithub(web, alice.person), { isUnproven: false });
    const length = () => JSON.parse(profile?.content ?? "{}").kez_chain?.length;
    while (length() !== 3) profile = await reader.live("profile");
    assert.equal(JSON.parse(profile!.content).kez_primary, alice.person.primary);

    web.shown.set(alice.person.primary, (all) => all.slice(0, 1));
    clock.nowMs += 60_000;
    await bob.open("alice");
    await bob.until(
      "warning",
      ({ conversations }) => conversations.some(({ chainWarning }) => chainWarning === "rollback"),
    );
  }));

Deno.test("a proof that moved to another place is claimed anew, and the old claim is taken back", () =>
  withClaim(async ({ alice, web }) => {
    const wish = proveOnGithub(web, alice.person);
    await alice.chats.addClaim(wish, { isUnproven: false });
    const gist = web.pages.get("https://api.github.com/gists/aa5a315d61ae9438b18d");
    web.pages.clear();
    web.pages.set("https://api.github.com/gists/0123abcd", gist);
    const proofUrl = "https://gist.github.com/alice/0123abcd";
    await alice.chats.addClaim({ ...wish, proofUrl }, { isUnproven: false });
    await alice.chats.checkClaims("alice", "all");
    const view = (await alice.chats.claimsOf("alice"))!;
    assert.deepEqual(view.claims.map((claim) => claim.proofUrl), [proofUrl]);
    assert.equal(view.claims[0]!.check?.outcome, "verified");
    assert.deepEqual(view.entries.slice(2).map(({ op }) => op), [
      "claim.add",
      "claim.revoke",
      "claim.add",
    ]);
  }));
