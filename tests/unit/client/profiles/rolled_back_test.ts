import assert from "node:assert/strict";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import type { Ledger } from "../../../../client/chats/ledger.ts";
import { createPeerProfiles } from "../../../../client/profiles/peer_profiles.ts";
import type { Change } from "../../../../client/storage/chat_changes.ts";
import type { ConversationRecord } from "../../../../client/storage/chat_records.ts";
import { nostrPubkeyOf } from "../../../../protocol/identity.ts";
import { KIND, type NostrEvent, signEvent } from "../../../../protocol/nostr_event.ts";
import { createPerson } from "../chats/world.ts";
import { randomBytes } from "../../../support/random_bytes.ts";

const alice = createPerson("alice");
const bob = createPerson("bob");

function profileOf(content: string, createdAtS: number): NostrEvent {
  const template = { kind: KIND.profile, tags: [], content, created_at: createdAtS };
  const { nostrSecret } = bob.secrets;
  return signEvent(template, { nostrSecret, random: randomBytes(32) });
}

/** Bob's conversation at Alice's, whose relay answers what it is told to. */
function createDesk() {
  let nowMs = 1_000_000_000_000;
  let answer: NostrEvent[] | null = [];
  let conversation: ConversationRecord = {
    ...emptyConversation({ primary: bob.primary, state: "accepted", nowMs }),
    contact: { handle: "bob", server: "kez.test", relays: ["wss://kez.test/relay"] },
    peerNostr: nostrPubkeyOf(bob.secrets.nostrSecret),
  };
  const faults: unknown[] = [];
  const ledger = {
    conversation: () => conversation,
    conversations: () => [conversation],
    write: <T>(task: () => Promise<T>) => task(),
    commit(changes: Change[]) {
      for (const change of changes) {
        if ("put" in change && change.put === "conversation") conversation = change.conversation;
      }
      return Promise.resolve();
    },
    onCommit: () => () => {},
  } as unknown as Ledger;
  const profiles = createPeerProfiles({
    ledger,
    queries: { ask: () => Promise.resolve(answer), stop() {} },
    pictures: { refresh: () => Promise.resolve(), stop() {} },
    account: { primary: alice.primary, homeRelay: "wss://kez.test/relay" },
    identitySecret: alice.secrets.identitySecret,
    environment: { nowMs: () => nowMs, setTimer: () => () => {}, isOnline: () => true },
    isStopped: () => false,
    onPass() {},
    onFault: (error) => faults.push(error),
  });
  return {
    faults,
    async see(...events: NostrEvent[]) {
      answer = events;
      nowMs += 60_000;
      await profiles.refresh(bob.primary);
      return conversation.profile!;
    },
  };
}

Deno.test("a relay that shows an older profile, or none, takes nothing back", async () => {
  const desk = createDesk();
  const newer = profileOf(JSON.stringify({ display_name: "New" }), 2_000);
  const older = profileOf(JSON.stringify({ display_name: "Old" }), 1_000);
  for (const events of [[newer], [older], [], [newer]]) {
    const { displayName, event } = await desk.see(...events);
    assert.deepEqual([displayName, event?.createdAtS], ["New", 2_000]);
  }
});

Deno.test("of two profiles of one second the one with the lower id counts, in whichever order they are seen", async () => {
  const pair = ["A", "B"].map((name) => profileOf(JSON.stringify({ display_name: name }), 5));
  const [low] = pair.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const order of [pair, pair.toReversed()]) {
    const desk = createDesk();
    for (const event of order) await desk.see(event);
    assert.equal((await desk.see()).event?.id, low!.id);
  }
});

const url = `https://kez.test/${"ab".repeat(32)}.png`;
const HOSTILE: Record<string, unknown> = {
  "no JSON": "}{",
  "no object": "[1]",
  "null": "null",
  "members of other types": JSON.stringify({ display_name: 7, name: {}, picture: [url] }),
  "a picture that runs": JSON.stringify({ picture: "javascript:alert(1)" }),
  "a picture at a host of this house": JSON.stringify({
    picture: `http://127.0.0.1/${"a".repeat(64)}`,
  }),
  "a picture with credentials": JSON.stringify({
    picture: url.replace("https://", "https://a:b@"),
  }),
  "a picture that says no hash": JSON.stringify({ picture: "https://kez.test/me.png" }),
  "a picture with another fragment": JSON.stringify({ picture: `${url}#kez-visual-v9:00` }),
  "a prototype": `{"__proto__": {"display_name": "x", "picture": "${url}"}}`,
  "invisible names": JSON.stringify({ display_name: "\u202e\u200b\u2066\n", name: "\u0000" }),
  "names of blank letters": JSON.stringify({
    display_name: "\u3164\u2800\u115f",
    name: "\u200d\ufe0f",
  }),
};

for (const [what, content] of Object.entries(HOSTILE)) {
  Deno.test(`a profile of ${what} names nobody and shows nothing`, async () => {
    const desk = createDesk();
    const { displayName, picture, event } = await desk.see(profileOf(String(content), 9));
    assert.deepEqual([displayName, picture], [null, null]);
    assert.equal(event?.createdAtS, 9);
    assert.deepEqual(desk.faults, []);
  });
}

Deno.test("a name is one line of 64 characters at most, and a map of any size costs one look", async () => {
  const desk = createDesk();
  const entry = { v: 2, enc: "A".repeat(43), ct: "A".repeat(64) };
  const keys = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [at.toString(16).padStart(32, "0"), entry]),
  );
  const profile = {
    display_name: `Bo\nthe\u202e ${"🦊".repeat(200)}`,
    picture: `${url}#kez-visual-v2:${"00".repeat(16)}`,
    kez_visual_keys: keys,
  };
  const { displayName, pictureKey } = await desk.see(profileOf(JSON.stringify(profile), 9));
  assert.equal(displayName, `Bo the ${"🦊".repeat(57)}`);
  assert.equal(pictureKey, null);
});
