import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import {
  entryHash,
  type SigchainEntry,
  signSigchainEntry,
} from "../../../../protocol/sigchain_entry.ts";
import { NO_CLAIMS, recordOf, withChecks } from "../../../../client/claims/claims_record.ts";
import { replayChain } from "../../../../client/claims/read_chain.ts";
import { identitySecret, primary, START_MS } from "./support.ts";

type Op = { op: string; body: Record<string, unknown>; ignorable?: true };

async function recordFor(ops: Op[], before = NO_CLAIMS) {
  const entries: SigchainEntry[] = [];
  for (const op of [{ op: "genesis", body: { handle: null } }, ...ops]) {
    const prev = entries.length > 0 ? entryHash(entries.at(-1)!) : null;
    const place = { seq: entries.length, prev, createdAtMs: START_MS, identitySecret };
    entries.push(signSigchainEntry(op, place));
  }
  const read = await replayChain(entries, { primary, verifyEd25519 });
  return { record: recordOf(read, { before, nowMs: START_MS }), entries };
}

const add = (service: string, subject: string): Op => ({
  op: "claim.add",
  body: { service, subject, proof_url: null },
});

Deno.test("a chain reads as a list of what was stated, also of what was taken back", async () => {
  const first = await recordFor([add("dns", "example.com")]);
  const entry = entryHash(first.entries[1]!);
  const { record } = await recordFor([
    add("dns", "example.com"),
    { op: "claim.revoke", body: { entry } },
    { op: "dance", body: {}, ignorable: true },
  ]);
  assert.equal(record.state, "valid");
  assert.deepEqual(record.claims, []);
  const account = { service: "dns", subject: "example.com" };
  assert.deepEqual(record.entries, [
    { seq: 0, op: "genesis", atMs: START_MS },
    { seq: 1, op: "claim.add", atMs: START_MS, ...account },
    { seq: 2, op: "claim.revoke", atMs: START_MS, ...account },
    { seq: 3, op: "unknown", atMs: START_MS },
  ]);
});

Deno.test("an operation that may not be passed over makes the list one of a newer version", async () => {
  const { record } = await recordFor([add("dns", "example.com"), { op: "dance", body: {} }]);
  assert.equal(record.state, "newer");
  assert.equal(record.claims.length, 1);
});

Deno.test("checks stay with their claims when the chain is read again", async () => {
  const { record, entries } = await recordFor([add("dns", "a.example"), add("dns", "b.example")]);
  const check = { outcome: "verified_via_server" as const, reason: null, atMs: START_MS };
  const checked = withChecks(record, new Map([[entryHash(entries[2]!), check]]));
  const again = await recordFor([add("dns", "a.example"), add("dns", "b.example")], checked);
  assert.deepEqual(again.record.claims.map((claim) => claim.check), [null, check]);
});

Deno.test("of names that hide something, or have no end, and of the fifty-first claim nothing is shown", async () => {
  const { record } = await recordFor([
    add("web", "evil.example\u202emoc.elgoog"),
    add("web", "a\nb"),
    add("x".repeat(33), "a"),
    add("web", "a".repeat(321)),
    ...Array.from({ length: 60 }, (_, at) => add("web", `s${at}.example`)),
  ]);
  assert.equal(record.claims.length, 50);
  assert.equal(record.claims[0]!.subject, "s0.example");
  assert.equal(record.entries.length, 65);
  assert.equal(record.entries[1]!.subject, "evil.examplemoc.elgoog");
});
