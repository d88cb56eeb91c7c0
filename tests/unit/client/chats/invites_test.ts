import assert from "node:assert/strict";
import {
  INVITE_VALID_MS,
  inviteChanges,
  MAX_INVITE_USES,
  MAX_OPEN_INVITES,
  type OpenInvite,
} from "../../../../client/chats/people/invites.ts";
import type { Invite } from "../../../../client/contacts/invite.ts";
import { signMessage } from "../../../../protocol/message.ts";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { acksFor, publish, seal } from "./hostile.ts";
import { type Person, startWorld, untilStatus, untilStatuses } from "./world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

/** A message that shows a code, as a client of one's own making could sign it. */
function showing(invite: unknown, { from, to }: { from: Person; to: Person }) {
  const id = bytesToHex(randomBytes(16));
  const letter = { id, from: from.primary, to: to.primary, sentAtMs: Date.now() };
  const fromHandle = `${from.handle}@${from.server}`;
  const body = { kind: "text", text: "let me in" };
  return signMessage(
    { ...letter, fromHandle, body, invite: invite as string },
    from.secrets.identitySecret,
  );
}

Deno.test("an invited person's first message needs no acceptance", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const invite = await alice.chats.openInvite({ isRenewed: false });
  const toAlice = await bob.open(await bob.chats.acceptInvite(invite));
  await toAlice.send("here I am");
  await untilStatus(toAlice, "delivered");
  await alice.until("bob by name", ({ conversations }) => conversations[1]?.peer === "bob");
  assert.equal(alice.chats.conversations[1]?.state, "accepted");
  await toAlice.send("and a second one");
  await untilStatus(toAlice, "delivered");
});

Deno.test("what an invited person wrote before the code came is taken with it", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const toAlice = await bob.open(await bob.chats.startChat("alice"));
  await toAlice.send("knock");
  await alice.until("a request", ({ conversations }) => conversations[1]?.state === "request");
  const invite = await alice.chats.openInvite({ isRenewed: false });
  await bob.chats.acceptInvite(invite);
  await toAlice.send("I was invited");
  await untilStatuses(toAlice, ["delivered", "delivered"]);
});

Deno.test("a wrong code, or something that is none, lets nobody in and tells nothing", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  await alice.chats.openInvite({ isRenewed: false });
  const strangers: [string, unknown][] = [
    ["eve", "00".repeat(16)],
    ["mallory", 7],
    ["trudy", "x".repeat(10_000)],
    ["oscar", ""],
  ];
  for (const [handle, code] of strangers) {
    const from = world.person(handle);
    const message = showing(code, { from, to: alice.person });
    await publish(world, await seal(message, { reader: alice.person }));
    await alice.until(
      `the request of ${handle}`,
      ({ conversations }) => conversations.some(({ peer }) => peer === handle),
    );
    const request = alice.chats.conversations.find(({ peer }) => peer === handle);
    assert.equal(request?.state, "request", handle);
    assert.deepEqual(await acksFor(world, from), []);
  }
});

Deno.test("an invitation by another identity than the handle's is refused, and nothing is begun", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const invite = await alice.chats.openInvite({ isRenewed: false });
  world.list("alice", world.person("impostor", { isListed: false }));
  await assert.rejects(bob.chats.acceptInvite(invite), { code: "invite_mismatch" });
  await assert.rejects(bob.chats.acceptInvite({ ...invite, handle: "nobody" }), {
    code: "unknown_handle",
  });
  assert.equal(bob.chats.conversations.length, 1);
});

Deno.test("one's own invitation leads to Note to self", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const invite = await alice.chats.openInvite({ isRenewed: false });
  assert.equal(await alice.chats.acceptInvite(invite), "alice");
});

Deno.test("an invitation stays the same until it is renewed; the earlier one ends then", async () => {
  await using world = await startWorld();
  const alice = await world.device(world.person("alice"));
  const bob = await world.device(world.person("bob"));
  const first = await alice.chats.openInvite({ isRenewed: false });
  assert.match(first.code, /^[0-9a-f]{32}$/);
  assert.deepEqual(await alice.chats.openInvite({ isRenewed: false }), first);
  const again = await alice.reload();
  assert.deepEqual(await again.chats.openInvite({ isRenewed: false }), first);
  const second = await again.chats.openInvite({ isRenewed: true });
  assert.notEqual(second.code, first.code);
  const toAlice = await bob.open(await bob.chats.acceptInvite(first));
  await toAlice.send("too late");
  await again.until("a request", ({ conversations }) => conversations[1]?.state === "request");
});

Deno.test("a code is bounded in time, in people, and in number", async () => {
  const value = (kept: OpenInvite[]) => ({
    storage: { value: () => Promise.resolve(kept) } as never,
    primary: "bob",
  });
  const fresh: OpenInvite = { code: "a", createdAtMs: 0, usedBy: [] };
  const changes = await inviteChanges("a", { ...value([fresh]), nowMs: INVITE_VALID_MS - 1 });
  assert.deepEqual(changes, [
    { put: "value", name: "invites", value: [{ ...fresh, usedBy: ["bob"] }] },
  ]);
  const full = { ...fresh, usedBy: Array.from({ length: MAX_INVITE_USES }, (_, i) => `${i}`) };
  const refused: [OpenInvite, number][] = [
    [fresh, INVITE_VALID_MS],
    [full, 0],
    [{ ...fresh, usedBy: ["bob"] }, 0],
  ];
  for (const [kept, nowMs] of refused) {
    assert.equal(await inviteChanges("a", { ...value([kept]), nowMs }), null);
  }
  assert.equal(await inviteChanges(null, { ...value([fresh]), nowMs: 0 }), null);

  await using world = await startWorld();
  const clock = { nowMs: Date.now() };
  const alice = await world.device(world.person("alice"), { nowMs: () => clock.nowMs });
  const given: Invite[] = [];
  for (let week = 0; week <= MAX_OPEN_INVITES; week++) {
    given.push(await alice.chats.openInvite({ isRenewed: false }));
    clock.nowMs += INVITE_VALID_MS;
  }
  assert.equal(new Set(given.map(({ code }) => code)).size, MAX_OPEN_INVITES + 1);
});
