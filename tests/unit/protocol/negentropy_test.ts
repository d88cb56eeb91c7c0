import assert from "node:assert/strict";
import { bytesToHex, decodeHex } from "../../../protocol/bytes.ts";
import { MIN_NEGENTROPY_FRAME_BYTES, type NegentropySet } from "../../../protocol/negentropy.ts";
import type { NegentropyItem } from "../../../protocol/negentropy_items.ts";
import { createNegentropyPeer } from "../../support/negentropy_peer.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { setOf } from "./negentropy_support.ts";

const T = 1_700_000_000;
const FRAME_LIMITS = [MIN_NEGENTROPY_FRAME_BYTES, 60_000];
/** A sync that needs more messages than this would never end. */
const MAX_ROUNDS = 500;

/** Lets nostr-tools' client find the differences, and counts its messages. */
function sync(
  { client, server }: { client: readonly NegentropyItem[]; server: NegentropySet },
  limits: { client: number; server: number },
): { have: string[]; need: string[]; rounds: number } {
  const have = new Set<string>();
  const need = new Set<string>();
  const initiator = createNegentropyPeer(client, limits.client);
  let message: string | null = initiator.initiate();
  let rounds = 0;
  while (message !== null) {
    rounds += 1;
    assert.ok(rounds <= MAX_ROUNDS, "the sync does not end");
    const answer = server.reconcile(decodeHex(message)!, { frameSizeLimit: limits.server });
    assert.ok(answer.length <= limits.server, `${answer.length} bytes`);
    message = initiator.reconcile(
      bytesToHex(answer),
      (id) => have.add(id),
      (id) => need.add(id),
    );
  }
  return { have: [...have].sort(), need: [...need].sort(), rounds };
}

/** Some items; where `seconds` is small, many have the same time, and some of those ids that begin alike. */
function randomItems(
  random: Random,
  { count, seconds }: { count: number; seconds: number },
): NegentropyItem[] {
  return Array.from({ length: count }, () => {
    const prefix = random.oneIn(4) ? "ff00".repeat(random.int(14)) : "";
    const id = prefix + random.hex().slice(prefix.length);
    return { id, createdAtS: T + random.int(seconds) };
  });
}

function idsWithout(items: readonly NegentropyItem[], others: readonly NegentropyItem[]): string[] {
  const known = new Set(others.map(({ id }) => id));
  return items.map(({ id }) => id).filter((id) => !known.has(id)).sort();
}

Deno.test("a client of nostr-tools finds exactly what differs, whatever the sets and frames", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = createRandom(seed);
    const sizes = () => random.pick([0, 0, 1, 5, 31, 32, 33, 200, 1000]);
    const seconds = random.pick([1, 3, 100, 1_000_000]);
    const [shared, left, right] = [sizes(), sizes(), sizes()].map((count) =>
      randomItems(random, { count, seconds })
    );
    const client = [...shared!, ...left!];
    const serverItems = [...shared!, ...right!];
    const server = setOf(serverItems);
    assert.equal(server.size, serverItems.length);
    const limits = { client: random.pick(FRAME_LIMITS), server: random.pick(FRAME_LIMITS) };
    const { have, need } = sync({ client, server }, limits);
    const context = JSON.stringify({ seed, seconds, limits });
    assert.deepEqual(have, idsWithout(client, serverItems), context);
    assert.deepEqual(need, idsWithout(serverItems, client), context);
  }
});

Deno.test("sets of thousands that differ everywhere are compared within small frames", () => {
  for (const seconds of [1, 100_000]) {
    const random = createRandom(77);
    const items = randomItems(random, { count: 5000, seconds });
    const client = items.filter((_, i) => i % 3 !== 0);
    const serverItems = items.filter((_, i) => i % 3 !== 1);
    const limits = { client: 4096, server: 4096 };
    const { have, need, rounds } = sync({ client, server: setOf(serverItems) }, limits);
    assert.deepEqual(have, idsWithout(client, serverItems));
    assert.deepEqual(need, idsWithout(serverItems, client));
    assert.ok(rounds > 10, "nothing was cut");
  }
});

Deno.test("everything goes to a client that has nothing, frame by frame", () => {
  const items = randomItems(createRandom(5), { count: 5000, seconds: 3 });
  for (const limit of FRAME_LIMITS) {
    const { have, need, rounds } = sync(
      { client: [], server: setOf(items) },
      { client: limit, server: limit },
    );
    assert.deepEqual(have, []);
    assert.deepEqual(need, idsWithout(items, []));
    assert.ok(rounds <= 1.5 * 5000 * 32 / limit + 1, `${rounds} rounds`);
  }
});

Deno.test("a client that lacks ten of 100,000 events learns them in a few short messages", () => {
  const random = createRandom(9);
  const items = Array.from({ length: 100_000 }, (_, i) => ({
    id: random.hex(),
    createdAtS: T - Math.floor(i / 4),
  }));
  const missing = items.filter((_, i) => i % 10_000 === 4_321);
  const client = items.filter((item) => !missing.includes(item));
  const { have, need, rounds } = sync(
    { client, server: setOf(items) },
    { client: 60_000, server: 60_000 },
  );
  assert.deepEqual(have, []);
  assert.deepEqual(need, idsWithout(missing, []));
  assert.ok(rounds <= 4, `${rounds} rounds`);
});

Deno.test("equal sets are done after one message", () => {
  const items = randomItems(createRandom(3), { count: 1000, seconds: 50 });
  const limits = { client: 60_000, server: 60_000 };
  assert.equal(sync({ client: items, server: setOf(items) }, limits).rounds, 1);
});

Deno.test("a fingerprint is the hash of the sum of the ids and their number", async () => {
  const ids = Array.from({ length: 200 }, (_, i) => (255 - i % 3).toString(16).repeat(32));
  const items = ids.map((id, i) => ({ id, createdAtS: T - i }));
  const sum = ids.reduce((total, id) => total + littleEndian(id), 0n) % (1n << 256n);
  const preimage = `${sum.toString(16).padStart(64, "0").match(/../g)!.reverse().join("")}8148`;
  const hash = await crypto.subtle.digest("SHA-256", decodeHex(preimage)!);
  const fingerprint = bytesToHex(new Uint8Array(hash).subarray(0, 16));
  const answer = (message: string) =>
    bytesToHex(setOf(items).reconcile(decodeHex(message)!, { frameSizeLimit: 4096 }));
  assert.equal(answer(`61000001${fingerprint}`), "61");
  assert.notEqual(answer(`61000001${"00".repeat(16)}`), "61");
});

function littleEndian(id: string): bigint {
  return BigInt("0x" + id.match(/../g)!.reverse().join(""));
}

Deno.test("small sets answer with these bytes", () => {
  const [low, high] = ["00".repeat(31) + "01", "00".repeat(31) + "02"];
  const items = [{ id: high, createdAtS: 200 }, { id: low, createdAtS: 200 }, {
    id: "ff".repeat(32),
    createdAtS: 7,
  }];
  const answer = (message: string) =>
    bytesToHex(setOf(items).reconcile(decodeHex(message)!, { frameSizeLimit: 4096 }));
  // All of it: infinity, no prefix, a list of three ids by time, then by id.
  assert.equal(answer("6100000200"), `6100000203${"ff".repeat(32)}${low}${high}`);
  // Up to second 200, which is excluded (201 = 0x81 0x49).
  assert.equal(answer("618149000200"), `6181490002${"01"}${"ff".repeat(32)}`);
  // Skipped up to second 200 and id `high`; from there on listed.
  assert.equal(answer(`61814920${high}0000000200`), `61814920${high}0000000201${high}`);
  assert.equal(answer("61"), "61");
  assert.equal(answer("61000000"), "61");
});
