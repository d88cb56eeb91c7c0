import assert from "node:assert/strict";
import {
  isNewerAction,
  withAction,
} from "../../../../client/chats/conversation/message_actions.ts";
import type { MessageAction, MessageRecord } from "../../../../client/storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createRandom, fuzzSeeds, type Random, shuffled } from "../../../support/random.ts";

const ALICE = "ed25519:alice";
const BOB = "ed25519:bob";

function messageOf(from: string): MessageRecord {
  return {
    ...MESSAGE_DEFAULTS,
    id: "a",
    from,
    peer: BOB,
    body: { kind: "text", text: "first", reply_to: "b" },
    atMs: 1,
    arrival: 1,
    status: null,
    failure: null,
    eventIds: ["e"],
    digest: "d",
    bytes: 1,
  };
}

function anyAction(random: Random): MessageAction {
  const common = { from: random.pick([ALICE, BOB]), target: "a", atMs: random.int(4) };
  return random.pick<() => MessageAction>([
    () => ({ ...common, kind: "reaction", emoji: random.pick(["", "👍", "❤️"]) }),
    () => ({ ...common, kind: "edit", text: random.pick(["one", "two", "three"]) }),
    () => random.oneIn(3) ? { ...common, kind: "delete" } : anyAction(random),
  ])();
}

/** What page 2 says, as plainly as can be: a look at all actions at once. */
function naive(message: MessageRecord, actions: MessageAction[]) {
  const last = (fits: (action: MessageAction) => boolean) =>
    actions.filter(fits).reduce<MessageAction | null>(
      (best, next) => best === null || isNewerAction(best, next) ? next : best,
      null,
    );
  const deletions = actions.filter(({ kind, from }) => kind === "delete" && from === message.from);
  if (deletions.length > 0) {
    return { text: null, reactions: {}, deletedAtMs: Math.min(...deletions.map((d) => d.atMs)) };
  }
  const edit = last(({ kind, from }) => kind === "edit" && from === message.from);
  const reactions: Record<string, string> = {};
  for (const side of [ALICE, BOB]) {
    const reaction = last(({ kind, from }) => kind === "reaction" && from === side);
    if (reaction?.kind === "reaction") reactions[side] = reaction.emoji;
  }
  return { text: edit?.kind === "edit" ? edit.text : "first", reactions, deletedAtMs: null };
}

function summary({ body, reactions, deletedAtMs }: MessageRecord) {
  return {
    text: "text" in body ? body.text : null,
    reactions: Object.fromEntries(reactions.map(({ from, emoji }) => [from, emoji])),
    deletedAtMs,
  };
}

for (const seed of fuzzSeeds(5)) {
  Deno.test(`actions in any order, doubled, end in what a naive model says, seed ${seed}`, () => {
    const random = createRandom(seed);
    for (let times = 0; times < 100; times++) checkOrders(random);
  });
}

function checkOrders(random: Random): void {
  const message = messageOf(random.pick([ALICE, BOB]));
  const actions = Array.from({ length: 1 + random.int(8) }, () => anyAction(random));
  const expected = naive(message, actions);
  let former: MessageRecord | null = null;
  for (let round = 0; round < 6; round++) {
    const after = shuffled([...actions, ...random.some(actions)], random).reduce(
      withAction,
      message,
    );
    assert.deepEqual(summary(after), expected);
    if (former) assert.deepEqual(after, former);
    former = after;
  }
}

Deno.test("an action that changes nothing gives back the very same message", () => {
  const message = messageOf(ALICE);
  const edited = withAction(message, {
    kind: "edit",
    from: ALICE,
    target: "a",
    atMs: 5,
    text: "x",
  });
  const same: MessageAction[] = [
    { kind: "edit", from: ALICE, target: "a", atMs: 5, text: "x" },
    { kind: "edit", from: ALICE, target: "a", atMs: 4, text: "z" },
    { kind: "edit", from: BOB, target: "a", atMs: 9, text: "theirs" },
    { kind: "delete", from: BOB, target: "a", atMs: 9 },
  ];
  for (const action of same) assert.equal(withAction(edited, action), edited);
});

Deno.test("an edit keeps what the message answers; a deletion keeps no word, but the events for acks", () => {
  const message = messageOf(ALICE);
  const edit: MessageAction = { kind: "edit", from: ALICE, target: "a", atMs: 2, text: "secret" };
  const edited = withAction(message, edit);
  assert.deepEqual(edited.body, { kind: "text", text: "secret", reply_to: "b" });
  const reaction: MessageAction = {
    kind: "reaction",
    from: BOB,
    target: "a",
    atMs: 3,
    emoji: "👍",
  };
  const deleted = [reaction, { kind: "delete", from: ALICE, target: "a", atMs: 4 } as const, edit]
    .reduce(withAction, edited);
  assert.doesNotMatch(JSON.stringify(deleted), /secret|first|👍/u);
  assert.deepEqual(deleted.eventIds, ["e"]);
  assert.equal(deleted.deletedAtMs, 4);
});

Deno.test("what is no text is not edited", () => {
  const message = { ...messageOf(ALICE), body: { kind: "poll", fallback: "A poll" } };
  const edit: MessageAction = { kind: "edit", from: ALICE, target: "a", atMs: 2, text: "x" };
  assert.equal(withAction(message, edit), message);
});
