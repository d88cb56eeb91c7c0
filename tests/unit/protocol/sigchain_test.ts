import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { signNostrLink } from "../../../protocol/nostr_link.ts";
import {
  addEntry,
  compareWithPin,
  emptySigchain,
  type InvalidReason,
  MAX_CHAIN_ENTRIES,
  pinOf,
  replaySigchain,
  type Sigchain,
  SigchainError,
} from "../../../protocol/sigchain.ts";
import {
  entryHash,
  type SigchainEntry,
  signSigchainEntry,
} from "../../../protocol/sigchain_entry.ts";
import { verifyEd25519 as nativeVerify } from "../../../server/verify_ed25519.ts";
import { mutations, readVectors } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const vectors = readVectors<{
  valid: { entries: SigchainEntry[]; hashes: string[] }[];
  invalid: { entries: SigchainEntry[]; why: string }[];
}>("sigchain");
const [known] = vectors.valid as [(typeof vectors.valid)[0]];
const START_MS = Date.parse("2026-05-25T03:00:00Z");

function replay(entries: readonly unknown[], primary = known.entries[0]!.payload.primary) {
  return replaySigchain(emptySigchain(primary), { entries, verifyEd25519: nativeVerify });
}

function hasReason(reason: InvalidReason, at?: number) {
  return (error: unknown) => {
    assert.ok(error instanceof SigchainError, String(error));
    assert.equal(error.reason, reason);
    if (at !== undefined) assert.equal(error.at, at);
    return true;
  };
}

for (const [name, verifier] of [["noble", verifyEd25519], ["native", nativeVerify]] as const) {
  for (const [i, { entries, hashes }] of vectors.valid.entries()) {
    Deno.test(`known chain ${i} is valid, with the known hashes (${name})`, async () => {
      const { primary } = entries[0]!.payload;
      const options = { entries, verifyEd25519: verifier };
      const chain = await replaySigchain(emptySigchain(primary), options);
      assert.deepEqual(chain.hashes, hashes);
      assert.deepEqual(pinOf(chain), { length: hashes.length, head: hashes.at(-1) });
      assert.equal(chain.handle, "tudisco@kez.lat");
      assert.deepEqual(chain.claims, []);
    });
  }
  for (const { entries, why } of vectors.invalid) {
    Deno.test(`a known chain is invalid for ${why} (${name})`, async () => {
      const { primary } = entries[0]!.payload;
      const options = { entries, verifyEd25519: verifier };
      await assert.rejects(
        replaySigchain(emptySigchain(primary), options),
        hasReason(why.replace(" ", "_") as InvalidReason, entries.length - 1),
      );
    });
  }
}

const identitySecret = randomBytes(32);
const primary = primaryOf(identitySecret);
const nostrSecret = randomBytes(32);
const link = signNostrLink(primary, { nostrSecret, random: randomBytes(32) });

type Op = { op: string; body: Record<string, unknown>; ignorable?: true };
const genesis: Op = { op: "genesis", body: { handle: "alice@kez.lat" } };
const add = (subject: string, service = "dns"): Op => ({
  op: "claim.add",
  body: { service, subject, proof_url: null },
});
const revoke = (entry: string): Op => ({ op: "claim.revoke", body: { entry } });

/** Signed entries of operations, each a second after the one before; an operation may need the hashes so far. */
function signed(...ops: (Op | ((hashes: string[]) => Op))[]): SigchainEntry[] {
  const hashes: string[] = [];
  return ops.map((op, seq) => {
    const entry = signSigchainEntry(typeof op === "function" ? op(hashes) : op, {
      seq,
      prev: hashes.at(-1) ?? null,
      createdAtMs: START_MS + seq * 1000,
      identitySecret,
    });
    hashes.push(entryHash(entry));
    return entry;
  });
}

Deno.test("links, claims and revocations make the state", async () => {
  const entries = signed(
    genesis,
    { op: "nostr.link", body: { ...link } },
    add("example.com"),
    add("example.org", "web"),
    (hashes) => revoke(hashes[2]!),
    add("example.com"),
  );
  const chain = await replay(entries, primary);
  assert.equal(chain.nostr, link.pubkey);
  assert.deepEqual(chain.claims.map(({ service, subject }) => [service, subject]), [
    ["web", "example.org"],
    ["dns", "example.com"],
  ]);
  assert.equal(chain.claims[1]!.entry, entryHash(entries[5]!));
  assert.equal(chain.newerAt, null);
});

Deno.test("a chain continues where it was left", async () => {
  const entries = signed(genesis, add("example.com"), (hashes) => revoke(hashes[1]!));
  const first = await replay(entries.slice(0, 2), primary);
  const options = { entries: entries.slice(2), verifyEd25519: nativeVerify };
  assert.deepEqual(await replaySigchain(first, options), await replay(entries, primary));
});

Deno.test("an unknown operation is passed over where it is ignorable, and else ends what is understood", async () => {
  const news: Op = { op: "device.add", body: { name: "phone" } };
  const ignored = await replay(
    signed(genesis, { ...news, ignorable: true }, add("example.com")),
    primary,
  );
  assert.equal(ignored.newerAt, null);
  assert.equal(ignored.claims.length, 1);
  const stopped = await replay(signed(genesis, news, add("example.com")), primary);
  assert.equal(stopped.newerAt, 1);
  assert.equal(stopped.claims.length, 0);
  assert.equal(stopped.hashes.length, 3);
});

const INVALID: [name: string, ops: Parameters<typeof signed>, reason: InvalidReason][] = [
  ["begins with a claim", [add("example.com")], "no_genesis"],
  ["has a second genesis", [genesis, genesis], "misplaced_genesis"],
  ["adds a live claim again", [genesis, add("a.example"), add("a.example")], "claim_is_live"],
  ["revokes what was never added", [genesis, revoke("0".repeat(64))], "unknown_claim"],
  ["revokes the genesis", [genesis, (hashes) => revoke(hashes[0]!)], "unknown_claim"],
  [
    "revokes twice",
    [genesis, add("a.example"), (hashes) => revoke(hashes[1]!), (hashes) => revoke(hashes[1]!)],
    "unknown_claim",
  ],
  ["has a genesis without handle", [{ op: "genesis", body: {} }], "bad_body"],
  ["has a claim without proof_url", [genesis, {
    op: "claim.add",
    body: { service: "dns", subject: "a.b" },
  }], "bad_body"],
  ["revokes without a hash", [genesis, revoke("no")], "bad_body"],
  ["links another's nostr key", [genesis, {
    op: "nostr.link",
    body: { ...link, pubkey: "0".repeat(64) },
  }], "bad_nostr_link"],
  ["links no key", [genesis, { op: "nostr.link", body: {} }], "bad_nostr_link"],
];

for (const [name, ops, reason] of INVALID) {
  Deno.test(`a chain that ${name} is invalid`, async () => {
    await assert.rejects(replay(signed(...ops), primary), hasReason(reason, ops.length - 1));
  });
}

Deno.test("a chain is invalid where time goes back, and where it is no time", async () => {
  const [first] = signed(genesis) as [SigchainEntry];
  const at = (createdAtMs: number) =>
    signSigchainEntry(add("a.example"), {
      seq: 1,
      prev: entryHash(first),
      createdAtMs,
      identitySecret,
    });
  await replay([first, at(START_MS)], primary);
  await assert.rejects(replay([first, at(START_MS - 1)], primary), hasReason("bad_time"));
});

Deno.test("the same entry twice is no fork, and makes the chain invalid all the same", async () => {
  const [first, second] = signed(genesis, add("a.example"));
  await assert.rejects(replay([first, second, second], primary), hasReason("repeated", 2));
});

Deno.test("an entry that somebody added unsigned members to is refused", async () => {
  const [entry] = signed(genesis) as [SigchainEntry];
  const { signature } = entry;
  const changed = [{ ...entry, more: 1 }, { ...entry, signature: { ...signature, more: 1 } }];
  for (const value of changed) {
    await assert.rejects(replay([value], primary), hasReason("malformed"));
  }
});

Deno.test("another identity's chain is not taken for one's own", async () => {
  await assert.rejects(replay(signed(genesis)), hasReason("key_mismatch", 0));
});

Deno.test("any member of an entry changed is caught", async () => {
  let count = 0;
  for (const payload of mutations(known.entries[1]!.payload)) {
    const entries = [known.entries[0], { ...known.entries[1], payload }, known.entries[2]];
    await assert.rejects(replay(entries), SigchainError);
    count++;
  }
  assert.equal(count, 10);
});

Deno.test("a chain has at most a thousand entries", () => {
  const [entry] = signed(genesis) as [SigchainEntry];
  const hashes = Array.from({ length: MAX_CHAIN_ENTRIES }, (_, i) => String(i));
  const full: Sigchain = { ...emptySigchain(primary), hashes };
  const payload = { ...entry.payload, op: "x", seq: MAX_CHAIN_ENTRIES, prev: hashes.at(-1)! };
  assert.throws(
    () => addEntry(full, { entry: { ...entry, payload }, hash: "y" }),
    hasReason("too_long"),
  );
});

Deno.test("a pin tells a longer chain from a shorter and from another one", () => {
  const chain = { hashes: ["a", "b", "c"] };
  const table: [length: number, head: string | null, verdict: string][] = [
    [0, null, "same"],
    [1, "a", "same"],
    [3, "c", "same"],
    [4, "d", "rollback"],
    [2, "x", "fork"],
    [3, "b", "fork"],
    [3, null, "fork"],
  ];
  for (const [length, head, verdict] of table) {
    assert.equal(compareWithPin(chain, { length, head }), verdict, `${length} ${head}`);
  }
});
