import assert from "node:assert/strict";
import {
  compareNewestFirst,
  eventAddress,
  eventId,
  eventPreimage,
  kindClass,
  parseEvent,
  signEvent,
  verifyEvent,
} from "../../../protocol/nostr_event.ts";
import { hasCode, mutations } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const template = {
  kind: 1,
  created_at: 1_700_000_000,
  tags: [["t", "x"]],
  content: "hi \n \u0000 ☃",
};
const event = signEvent(template, { nostrSecret: randomBytes(32), random: randomBytes(32) });

Deno.test("a signed event verifies, and no changed one does", () => {
  assert.ok(verifyEvent(parseEvent(event)));
  let changes = 0;
  for (const changed of mutations(event)) {
    changes += 1;
    try {
      assert.equal(verifyEvent(parseEvent(changed)), false);
    } catch (error) {
      hasCode("malformed")(error);
    }
  }
  assert.ok(changes >= 8);
});

Deno.test("the id is the hash of NIP-01's list", async () => {
  const text = JSON.stringify([0, event.pubkey, event.created_at, 1, event.tags, event.content]);
  assert.equal(eventPreimage(event), text);
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  );
  assert.equal(
    eventId(event),
    Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
});

Deno.test("kinds have NIP-01's classes, at their borders too", () => {
  const classes: Record<string, number[]> = {
    regular: [1, 2, 4, 5, 44, 1_000, 1_059, 4_243, 9_999, 40_000, 65_535],
    replaceable: [0, 3, 10_000, 10_002, 19_999],
    ephemeral: [20_000, 22_242, 24_243, 29_999],
    addressable: [30_000, 30_023, 39_999],
  };
  for (const [name, kinds] of Object.entries(classes)) {
    for (const kind of kinds) assert.equal(kindClass(kind), name, `${kind}`);
  }
});

Deno.test("replaceable and addressable events have an address, others none", () => {
  const pubkey = "a".repeat(64);
  const address = (kind: number, tags: string[][] = []) => eventAddress({ kind, pubkey, tags });
  assert.equal(address(1), null);
  assert.equal(address(20_000, [["d", "x"]]), null);
  assert.equal(address(0, [["d", "x"]]), `0:${pubkey}:`);
  assert.equal(address(30_000, [["d", "x"], ["d", "y"]]), `30000:${pubkey}:x`);
  assert.equal(address(30_000), `30000:${pubkey}:`);
  assert.equal(address(30_000, [["d"]]), `30000:${pubkey}:`);
});

Deno.test("newest comes first, then the lowest id", () => {
  const list = [[1, "b"], [2, "c"], [2, "a"], [1, "a"]].map(([created_at, id]) => ({
    created_at: created_at as number,
    id: id as string,
  }));
  assert.deepEqual(
    list.sort(compareNewestFirst).map(({ created_at, id }) => `${created_at}${id}`),
    ["2a", "2c", "1a", "1b"],
  );
  assert.equal(compareNewestFirst(list[0]!, list[0]!), 0);
});
