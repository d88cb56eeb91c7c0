import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import { sealMail } from "../../../../protocol/mail.ts";
import { signMessage } from "../../../../protocol/message.ts";
import { KIND, type NostrEvent } from "../../../../protocol/nostr_event.ts";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { createClosedApp } from "../../../../client/push/closed_app.ts";
import type { Told } from "../../../../client/push/told_mail.ts";
import { sealDeviceCopy } from "../../../../client/session/device_key.ts";
import { splitSecrets } from "../../../../client/session/secret_bytes.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import type { Vault } from "../../../../client/session/vault.ts";
import type { ConversationRecord } from "../../../../client/storage/chat_records.ts";
import { type Change, STRANGERS } from "../../../../client/storage/chat_changes.ts";
import { createChatStorage } from "../../../../client/storage/chat_storage.ts";
import { openDatabase } from "../../../../client/storage/database.ts";
import { createSealer } from "../../../../client/storage/sealer.ts";
import { randomHex } from "../../../relay/support/events.ts";
import { createSealedVault, SERVER, tells } from "../session/support.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const NOW_MS = Date.UTC(2026, 5, 1);
function newPerson() {
  const secrets = splitSecrets(randomBytes(96));
  return { secrets, primary: primaryOf(secrets.identitySecret) };
}

type Person = ReturnType<typeof newPerson>;

/** Alice's device with the app closed, and a home server that holds mail for her. */
async function createWorld({ vault: changes = {} }: { vault?: Partial<Vault> } = {}) {
  const alice = newPerson();
  const name = `closed-${randomHex()}`;
  const sealed = await createSealedVault({ secrets: alice.secrets });
  const addr = addrOf(alice.primary);
  const homeRelay = `wss://${SERVER}/relay`;
  const account = { ...sealed.account, primary: alice.primary, addr, homeRelay };
  const vault = { ...sealed, ...changes, account };
  const database = await openDatabase(name);
  const copy = await sealDeviceCopy(alice.secrets, { vault, nowMs: NOW_MS });
  const vaultStorage = createVaultStorage(Promise.resolve(database));
  await vaultStorage.replace(vault, copy);
  const sealer = await createSealer(alice.secrets.storageKey);
  const storage = createChatStorage({ database, sealer });
  await storage.becomeWriter("test");
  const state = {
    nowMs: NOW_MS,
    held: [] as unknown[],
    asked: [] as URL[],
    pageEvents: 200,
    /** From this event on the server answers no more. */
    refusesAt: Infinity,
    told: { tags: [], atMs: 0 } as Told,
  };
  return Object.assign(state, {
    ...{ alice, storage, vaultStorage },
    keep: (...changes: Change[]) => storage.commit(changes),
    knows: (peer: Person, more: Partial<ConversationRecord> = {}) => {
      const contact = { handle: "bobby", server: SERVER, relays: [] };
      const { primary } = peer;
      const empty = emptyConversation({ primary, state: "accepted", contact, nowMs: NOW_MS });
      return storage.commit([{ put: "conversation", conversation: { ...empty, ...more } }]);
    },
    look: createClosedApp({
      openDatabase: () => openDatabase(name),
      fetch(input, init): Promise<Response> {
        const url = new URL(input);
        state.asked.push(url);
        assert.match(new Headers(init?.headers).get("Authorization") ?? "", /./);
        const after = Number(url.searchParams.get("after") ?? 0);
        if (after >= state.refusesAt) return Promise.resolve(new Response(null, { status: 429 }));
        const events = state.held.slice(after, after + state.pageEvents);
        const end = after + events.length;
        const next = end < state.held.length ? String(end) : null;
        return Promise.resolve(Response.json({ events, next }));
      },
      origin: `https://${SERVER}`,
      told: {
        load: () => Promise.resolve(state.told),
        save: (told) => Promise.resolve(void (state.told = told)),
      },
      words: { app: "kez-chat", newMessage: "New message" },
      verifyEd25519,
      nowMs: () => state.nowMs,
      randomBytes,
    }),
    async write(from: Person, { to = alice, text = "Hello" } = {}): Promise<NostrEvent> {
      const message = signMessage({
        ...{ id: randomHex().slice(0, 32), from: from.primary, fromHandle: null, to: to.primary },
        ...{ sentAtMs: state.nowMs, body: { kind: "text", text } },
      }, from.secrets.identitySecret);
      const event = await sealMail(message, {
        ...{ reader: to.primary, kind: KIND.message, randomBytes },
        createdAtS: state.nowMs / 1000,
      });
      state.held.push(event);
      return event;
    },
    [Symbol.dispose]: () => database.close(),
  });
}

Deno.test("a contact is named, with how many messages wait, and nothing is taken in", async () => {
  using world = await createWorld();
  const bob = newPerson();
  await world.knows(bob, { unread: 2 });
  const event = await world.write(bob);
  await world.write(bob);
  world.nowMs += 60_000;
  const notice = await world.look();
  assert.deepEqual(notice, {
    ...{ title: "bobby", body: "New message", path: "/chats/bobby" },
    ...{ isSilent: false, isForced: false, unread: 4 },
  });
  assert.equal(await world.storage.isEventSeen(event.id), false);
  // Nor does somebody else's message keep the device open for longer.
  assert.equal((await world.vaultStorage.deviceCopy())?.usedAtMs, NOW_MS);
});

Deno.test("a stranger is not named", async () => {
  using world = await createWorld();
  await world.write(newPerson());
  const notice = await world.look();
  assert.deepEqual([notice?.title, notice?.path, notice?.isSilent], ["kez-chat", null, false]);
});

for (
  const [what, more] of Object.entries({
    "of a muted chat": { isMuted: true },
    "of one that was put away": { isArchived: true },
    "of who is blocked": { state: "blocked" },
    "that was read on another device": { readElsewhereToMs: NOW_MS },
  } as Record<string, Partial<ConversationRecord>>)
) {
  Deno.test(`a message ${what} makes no sound, and one that is to be heard comes before it`, async () => {
    using world = await createWorld();
    const [quiet, bob] = [newPerson(), newPerson()];
    await world.knows(quiet, { ...more, contact: { handle: "quiet", server: SERVER, relays: [] } });
    await world.knows(bob);
    await world.write(quiet);
    const silent = await world.look();
    assert.deepEqual([silent?.isSilent, silent?.unread], [true, 0]);
    await world.write(bob);
    await world.write(quiet);
    const loud = await world.look();
    assert.deepEqual([loud?.title, loud?.isSilent, loud?.unread], ["bobby", false, 1]);
    // What was told of sounds no second time because of what is not heard.
    await world.write(quiet);
    assert.equal((await world.look())?.isSilent, true);
  });
}

Deno.test("a push without news repeats the last notification in silence; later on nobody knows what it is about", async () => {
  using world = await createWorld();
  const bob = newPerson();
  await world.knows(bob);
  await world.write(bob);
  await world.look();
  world.nowMs += 2_000;
  const again = await world.look();
  assert.deepEqual([again?.title, again?.isSilent], ["bobby", true]);
  world.nowMs += 60_000;
  assert.equal(await world.look(), null);
});

Deno.test("what the chats have seen, what is no message and what does not open is no news", async () => {
  using world = await createWorld();
  const bob = newPerson();
  await world.knows(bob);
  const seen = await world.write(bob);
  await world.keep({ put: "seen_event", eventId: seen.id, pool: STRANGERS, atMs: NOW_MS });
  await world.write(bob, { to: newPerson() });
  await world.write(world.alice);
  const event = await world.write(bob);
  world.held.pop();
  world.held.push(null, {}, { ...event, kind: KIND.quiet }, { ...event, content: "{}" });
  assert.equal(await world.look(), null);
});

Deno.test("pages are followed, from the cursor less an hour, and not for ever", async () => {
  using world = await createWorld();
  const bob = newPerson();
  await world.knows(bob);
  const createdAtS = NOW_MS / 1000 - 60;
  await world.keep({ put: "cursor", relayUrl: `wss://${SERVER}/relay`, createdAtS });
  world.held.push({}, {}, {});
  await world.write(bob);
  world.pageEvents = 2;
  assert.equal((await world.look())?.title, "bobby");
  const [first] = world.asked;
  assert.deepEqual(
    [first!.pathname, first!.searchParams.get("since")],
    ["/v1/messages", String(createdAtS - 3600)],
  );
  world.asked.length = 0;
  world.held.unshift(...Array.from({ length: 100 }, () => ({})));
  await world.look();
  assert.equal(world.asked.length, 3);
});

Deno.test("a server that answers nothing is a failure; what it told before it refused is news", async () => {
  using world = await createWorld();
  const bob = newPerson();
  await world.knows(bob);
  await world.write(bob);
  world.held.push({}, {}, {});
  world.pageEvents = 2;
  world.refusesAt = 0;
  await assert.rejects(world.look(), tells("rate_limited"));
  world.refusesAt = 2;
  assert.equal((await world.look())?.title, "bobby");
});

for (
  const [what, changes, laterMs] of [
    ["that asks at each start", { asksAtStart: true }, 0],
    ["whose device was not used for thirty days", {}, 31 * 86_400_000],
    ["that locks itself", { autoLockMs: 60_000 }, 61_000],
  ] as const
) {
  Deno.test(`of an account ${what} nobody knows anything, and nobody is asked`, async () => {
    using world = await createWorld({ vault: changes });
    const bob = newPerson();
    await world.knows(bob);
    await world.write(bob);
    world.nowMs += laterMs;
    assert.equal(await world.look(), null);
    assert.deepEqual(world.asked, []);
  });
}
