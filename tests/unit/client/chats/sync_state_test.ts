import assert from "node:assert/strict";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import {
  asAccepted,
  asBlocked,
  asUnblocked,
  changedByOwner,
  emptyConversation,
  withMessage,
} from "../../../../client/chats/conversation/conversation_changes.ts";
import {
  isSyncDue,
  parseSyncState,
  type SharedConversation,
  sharedOf,
  withAllShared,
  withShared,
} from "../../../../client/chats/devices/sync_state.ts";
import type { ConversationRecord } from "../../../../client/storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../../../client/storage/record_defaults.ts";
import { createRandom, fuzzSeeds, type Random } from "../../../support/random.ts";

const primary = primaryOf(new Uint8Array(32).fill(7));
const fresh = (state: ConversationRecord["state"] = "accepted") =>
  emptyConversation({ primary, state, nowMs: 0 });

/** What an owner may do on a device whose clock is as it is. */
function change(record: ConversationRecord, random: Random, nowMs: number): ConversationRecord {
  const by = (changes: Partial<ConversationRecord>) => changedByOwner(record, { changes, nowMs });
  const flag = random.int(2) === 0;
  if (record.state === "request") return by(flag ? asAccepted(record) : asBlocked(record));
  switch (random.int(8)) {
    case 0:
      return by({ isMuted: flag });
    case 1:
      return by({ isPinned: flag });
    case 2:
      return by({ isArchived: flag });
    case 3:
      return by({ nickname: random.pick([null, "Bo", "Bobby"]) });
    case 4:
      return by(flag || record.state !== "blocked" ? asBlocked(record) : asUnblocked(record));
    case 5:
      return by({ isVerified: flag });
    case 6:
      return { ...record, timerS: random.pick([null, 60, 3600]), timerAtMs: nowMs };
    default:
      return { ...record, readToMs: Math.max(record.readToMs, nowMs) };
  }
}

Deno.test("whatever devices change and in whatever order they hear of it, how often, they end alike", () => {
  for (const seed of fuzzSeeds(300)) {
    const random = createRandom(seed);
    const devices = [fresh(), fresh(random.pick(["accepted", "request"])), fresh()];
    const told: SharedConversation[] = [];
    const tell = (at: number) => {
      const shared = sharedOf(devices[at]!);
      if (shared) told.push(JSON.parse(JSON.stringify(shared)));
    };
    for (let step = 0; step < 30; step++) {
      const at = random.int(devices.length);
      const message = told.length > 0 && random.oneIn(2) ? random.pick(told) : null;
      if (message) devices[at] = withShared(devices[at]!, message);
      else {
        // Few times, so that many changes fall on one; and clocks that disagree.
        devices[at] = change(devices[at]!, random, 1 + random.int(5) + at);
        tell(at);
      }
    }
    for (const at of devices.keys()) tell(at);
    const ends = devices.map((device) => {
      const order = [...told, ...told].sort(() => random.int(3) - 1);
      const { handle: _, ...shared } = sharedOf(order.reduce(withShared, device))!;
      return shared;
    });
    for (const end of ends) assert.deepEqual(end, ends[0], `seed ${seed}`);
  }
});

Deno.test("a change that was told is not due again, a later one is", () => {
  const muted = changedByOwner(fresh(), { changes: { isMuted: true }, nowMs: 5 });
  assert.ok(isSyncDue(muted));
  const told = withAllShared(muted);
  assert.equal(isSyncDue(told), false);
  assert.ok(isSyncDue({ ...told, readToMs: 9 }));
  assert.ok(isSyncDue(changedByOwner(told, { changes: { isMuted: false }, nowMs: 5 })));
  // What another device has said need not be said to it.
  assert.equal(isSyncDue(withShared(fresh(), sharedOf(muted)!)), false);
});

Deno.test("a request is nothing to share; it is answered by what another device says", () => {
  const request = { ...fresh("request"), requestCount: 3, requestBytes: 99 };
  assert.equal(sharedOf(request), null);
  const accepted = withShared(request, sharedOf(fresh())!);
  assert.deepEqual(accepted, { ...accepted, ...asAccepted(request) });
});

Deno.test("a changed key stays changed, whatever is said of it elsewhere, but for a block", () => {
  const changed = { ...fresh(), state: "key_changed" as const };
  const later = changedByOwner(fresh(), { changes: { isMuted: true }, nowMs: 9 });
  assert.equal(withShared(changed, sharedOf(later)!).state, "key_changed");
  const blocked = changedByOwner(fresh(), { changes: { state: "blocked" }, nowMs: 9 });
  assert.equal(withShared(changed, sharedOf(blocked)!).state, "blocked");
});

Deno.test("what is not as it should be is left out", () => {
  const good = sharedOf(fresh())!;
  const wrong = [
    null,
    "x",
    [],
    { ...good, primary: `ed25519:${bytesToHex(new Uint8Array(32))}x` },
    { ...good, changed_at: -1 },
    { ...good, changed_at: 1.5 },
    { ...good, nickname: "x".repeat(300) },
    { ...good, state: "guest" },
    { ...good, timer: 0 },
  ];
  const state = { conversations: [...wrong, { ...good, later: "unknown" }] };
  assert.equal(parseSyncState(state).length, 1);
  for (const other of [null, {}, { conversations: 1 }, []]) {
    assert.deepEqual(parseSyncState(other), []);
  }
});

Deno.test("who was blocked is not let in again by a message that another device had before it heard of the block", () => {
  const archived = changedByOwner(fresh(), { changes: { isArchived: true }, nowMs: 10 });
  const blocked = changedByOwner(archived, { changes: { state: "blocked" }, nowMs: 20 });
  const message = {
    ...MESSAGE_DEFAULTS,
    id: "ab".repeat(16),
    from: primary,
    peer: primary,
    body: { kind: "text", text: "let me in" },
    atMs: 30,
    arrival: 30,
    status: null,
    failure: null,
    eventIds: [],
    digest: "",
    bytes: 0,
  };
  const away = withMessage(archived, { message, isOwn: false });
  assert.equal(away.isArchived, false);
  assert.equal(withShared(away, sharedOf(blocked)!).state, "blocked");
  assert.equal(withShared(blocked, sharedOf(away)!).state, "blocked");
});

Deno.test("who was never accepted asks again once unblocked, on every device; who was, does not", () => {
  const now = { changes: {}, nowMs: 5 };
  const blocked = changedByOwner(asBlocked(fresh("request")), now);
  const other = withShared(fresh("request"), sharedOf(blocked)!);
  assert.equal(other.state, "blocked");
  const unblocked = changedByOwner(asUnblocked(other), now);
  assert.equal(unblocked.state, "request");
  assert.equal(withShared(blocked, sharedOf(unblocked)!).state, "request");
  const accepted = changedByOwner(asAccepted(unblocked), now);
  assert.equal(withShared(unblocked, sharedOf(accepted)!).state, "accepted");
  assert.equal(asUnblocked(asBlocked(accepted)).state, "accepted");
});
