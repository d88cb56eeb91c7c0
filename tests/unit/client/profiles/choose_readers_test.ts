import assert from "node:assert/strict";
import { emptyConversation } from "../../../../client/chats/conversation/conversation_changes.ts";
import { chooseReaders } from "../../../../client/profiles/choose_readers.ts";
import type { ConversationRecord } from "../../../../client/storage/chat_records.ts";
import { createRandom } from "../../../support/random.ts";

const OWNER = "owner";

/** A conversation whose newest message is from a time. */
function contact(index: number, nowMs: number): ConversationRecord {
  return emptyConversation({ primary: `contact ${index}`, state: "accepted", nowMs });
}

Deno.test("those who were talked to last are chosen, up to 255, and never the owner, a request or somebody blocked", () => {
  const contacts = Array.from({ length: 300 }, (_, index) => contact(index, 1_000 + index));
  const others = (["request", "blocked", "key_changed"] as const).map((state, index) => ({
    ...contact(1_000 + index, 9_999),
    state,
  }));
  const own = { ...contact(0, 9_999), primary: OWNER };
  const chosen = chooseReaders([own, ...others, ...contacts], { owner: OWNER, present: [] });
  assert.deepEqual(chosen, contacts.slice(45).toReversed().map(({ primary }) => primary));
});

Deno.test("whoever is in the map stays, however the talk moves, until they are no contact any more", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = createRandom(seed);
    const talk = () =>
      Array.from({ length: 300 }, (_, index) => contact(index, random.int(1_000_000)));
    const present = chooseReaders(talk(), { owner: OWNER, present: [] });
    const later = talk();
    assert.deepEqual(
      chooseReaders(later, { owner: OWNER, present }).toSorted(),
      present.toSorted(),
      `seed ${seed}`,
    );
    const gone = present.slice(0, 3);
    const left = later.filter(({ primary }) => !gone.includes(primary));
    const next = chooseReaders(left, { owner: OWNER, present });
    assert.equal(next.length, 255, `seed ${seed}`);
    assert.equal(next.filter((one) => !present.includes(one)).length, 3, `seed ${seed}`);
  }
});
