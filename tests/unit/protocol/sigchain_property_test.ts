import assert from "node:assert/strict";
import { primaryOf } from "../../../protocol/identity.ts";
import {
  compareWithPin,
  emptySigchain,
  pinOf,
  replaySigchain,
  SigchainError,
} from "../../../protocol/sigchain.ts";
import {
  entryHash,
  type SigchainEntry,
  signSigchainEntry,
} from "../../../protocol/sigchain_entry.ts";
import { verifyEd25519 } from "../../../server/verify_ed25519.ts";
import { createRandom, fuzzSeeds, type Random } from "../../support/random.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const identitySecret = randomBytes(32);
const primary = primaryOf(identitySecret);
const START_MS = Date.parse("2026-05-25T03:00:00Z");

/** The rules of claims as somebody would write them down who had never seen the reducer. */
class NaiveModel {
  readonly live = new Map<string, string>();

  /** Takes an operation, or says false where it is against the rules. */
  take(op: string, { body, hash }: { body: Record<string, unknown>; hash: string }): boolean {
    if (op === "claim.add") {
      const name = `${body.service} ${body.subject}`;
      if ([...this.live.values()].includes(name)) return false;
      this.live.set(hash, name);
    }
    return op !== "claim.revoke" || this.live.delete(String(body.entry));
  }
}

interface Grown {
  entries: SigchainEntry[];
  /** Place of the first entry against the rules; null where there is none. */
  invalidAt: number | null;
  live: string[];
}

/** A random chain; `isHonest`: of operations that keep the rules alone. */
function grow(random: Random, isHonest: boolean): Grown {
  const entries: SigchainEntry[] = [];
  const hashes: string[] = [];
  const model = new NaiveModel();
  let createdAtMs = START_MS;
  const length = 4 + random.int(10);
  while (entries.length < length) {
    const { op, body } = entries.length === 0
      ? { op: "genesis", body: { handle: null } }
      : randomOp(random, isHonest ? [...model.live.keys()] : hashes);
    if (isHonest && op === "claim.add") {
      const name = `${body.service} ${body.subject}`;
      if ([...model.live.values()].includes(name)) continue;
    }
    if (isHonest && op === "claim.revoke" && !model.live.has(String(body.entry))) continue;
    const ignorable = op === "x.y" ? { ignorable: true as const } : {};
    createdAtMs += random.int(3) * 1000;
    const entry = signSigchainEntry({ op, body, ...ignorable }, {
      seq: entries.length,
      prev: hashes.at(-1) ?? null,
      createdAtMs,
      identitySecret,
    });
    entries.push(entry);
    hashes.push(entryHash(entry));
    if (!model.take(op, { body, hash: hashes.at(-1)! })) {
      return { entries, invalidAt: entries.length - 1, live: [] };
    }
  }
  return { entries, invalidAt: null, live: [...model.live.values()] };
}

function randomOp(random: Random, revocable: readonly string[]) {
  const kind = random.int(5);
  if (kind === 0) return { op: "x.y", body: { n: random.int(9) } };
  if (kind < 3 && revocable.length > 0) {
    return { op: "claim.revoke", body: { entry: random.pick(revocable) } };
  }
  const service = random.pick(["dns", "web", "later"]);
  const subject = random.pick(["a.example", "b.example"]);
  return { op: "claim.add", body: { service, subject, proof_url: null } };
}

const replay = (entries: readonly unknown[]) =>
  replaySigchain(emptySigchain(primary), { entries, verifyEd25519 });

/** An owner's other entry in the place of one: well signed, and linked to what stands before. */
function rival(entry: SigchainEntry, changes: Partial<SigchainEntry["payload"]> = {}) {
  const { seq, prev } = { ...entry.payload, ...changes };
  const createdAtMs = Date.parse(changes.created_at ?? entry.payload.created_at);
  const op = seq === 0 ? "genesis" : "x.y";
  const body = seq === 0 ? { handle: "eve@x.example" } : { rival: true };
  return signSigchainEntry({ op, body, ignorable: true }, {
    seq,
    prev,
    createdAtMs,
    identitySecret,
  });
}

const spliced = <T>(
  list: readonly T[],
  at: number,
  { remove = 0, add = [] }: { remove?: number; add?: T[] },
) => [...list].toSpliced(at, remove, ...add);

/** What can be done to a chain of at least three entries so that it is none any more. */
const MUTATIONS: Record<string, (entries: SigchainEntry[], random: Random) => unknown[]> = {
  "an entry taken out": (list, random) => spliced(list, random.int(list.length - 1), { remove: 1 }),
  "two entries exchanged": (list, random) => {
    const at = random.int(list.length - 1);
    return spliced(list, at, { remove: 2, add: [list[at + 1]!, list[at]!] });
  },
  "an entry twice": (list, random) => {
    const at = random.int(list.length);
    return spliced(list, at, { add: [list[at]!] });
  },
  "another entry beside one": (list, random) => {
    const at = random.int(list.length);
    return spliced(list, at + 1, { add: [rival(list[at]!)] });
  },
  "another entry in the place of one that is not the last": (list, random) => {
    const at = random.int(list.length - 1);
    return spliced(list, at, { remove: 1, add: [rival(list[at]!)] });
  },
  "an entry that links to nothing": (list) =>
    spliced(list, list.length - 1, {
      remove: 1,
      add: [rival(list.at(-1)!, { prev: "0".repeat(64) })],
    }),
  "an entry that leaves a number out": (list) =>
    spliced(list, list.length - 1, {
      remove: 1,
      add: [rival(list.at(-1)!, { seq: list.length })],
    }),
  "an entry of before the one before": (list) =>
    spliced(list, list.length - 1, {
      remove: 1,
      add: [rival(list.at(-1)!, { created_at: "2026-05-25T02:59:59Z" })],
    }),
  "a digit of a signature": (list, random) => {
    const at = random.int(list.length);
    const entry = structuredClone(list[at]!);
    const { sig } = entry.signature;
    const place = random.int(128);
    const digit = sig[place] === "0" ? "1" : "0";
    entry.signature.sig = sig.slice(0, place) + digit + sig.slice(place + 1);
    return spliced(list, at, { remove: 1, add: [entry] });
  },
  "a member of a payload": (list, random) => {
    const at = random.int(list.length);
    const entry = structuredClone(list[at]!);
    entry.payload[random.pick(["op", "created_at", "more", "prev"])] = "2026-05-25T03:00:00Z ";
    return spliced(list, at, { remove: 1, add: [entry] });
  },
  "a body": (list, random) => {
    const at = random.int(list.length);
    const entry = structuredClone(list[at]!);
    entry.payload.body.more = 1;
    return spliced(list, at, { remove: 1, add: [entry] });
  },
};

for (const seed of fuzzSeeds(30)) {
  Deno.test(`every mutation of a random chain is caught, and the chain is not (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const { entries, live } = grow(random, true);
    const chain = await replay(entries);
    const names = chain.claims.map(({ service, subject }) => `${service} ${subject}`);
    assert.deepEqual(names.sort(), live.sort());
    for (const [name, mutate] of Object.entries(MUTATIONS)) {
      await assert.rejects(replay(mutate(entries, random)), SigchainError, name);
    }
  });

  Deno.test(`the reducer and a naive model agree about random operations (seed ${seed})`, async () => {
    const { entries, invalidAt, live } = grow(createRandom(seed + 1_000), false);
    if (invalidAt === null) {
      const { claims } = await replay(entries);
      assert.equal(claims.length, live.length);
      return;
    }
    await assert.rejects(replay(entries), (error) => {
      assert.ok(error instanceof SigchainError);
      assert.equal(error.at, invalidAt);
      return true;
    });
  });

  Deno.test(`one who has seen a chain notices a cut tail and another one (seed ${seed})`, async () => {
    const random = createRandom(seed);
    const { entries } = grow(random, true);
    const pin = pinOf(await replay(entries));
    const cut = await replay(entries.slice(0, 1 + random.int(entries.length - 1)));
    assert.equal(compareWithPin(cut, pin), "rollback");
    assert.equal(compareWithPin(await replay(entries), pinOf(cut)), "same");
    const other = await replay([...entries.slice(0, -1), rival(entries.at(-1)!)]);
    assert.equal(compareWithPin(other, pin), "fork");
  });
}
