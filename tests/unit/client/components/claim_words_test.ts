import assert from "node:assert/strict";
import { CLAIM_SERVICES, parseSubject } from "../../../../protocol/claim.ts";
import { UNREACHABLE_REASONS } from "../../../../protocol/proof_answer.ts";
import type { ClaimOutcome, ClaimView } from "../../../../client/claims/claim_model.ts";
import {
  checkWords,
  claimLabel,
  claimSentence,
  serviceName,
  verdictOf,
} from "../../../../client/components/claims/claim_words.ts";
import { ct } from "../../../../client/text/claims_text.ts";

const NOW_MS = new Date(2026, 4, 25, 14, 30).getTime();

function claimWith(outcome: ClaimOutcome | null, changes: Partial<ClaimView> = {}): ClaimView {
  const isGood = outcome === "verified" || outcome === "verified_via_server";
  const reason = isGood ? null : "timeout" as const;
  return {
    entry: "0".repeat(64),
    service: "github",
    subject: "bo",
    proofUrl: null,
    addedAtMs: 0,
    check: outcome && { outcome, reason, atMs: NOW_MS - 3_600_000 },
    ...changes,
  };
}

for (
  const [outcome, label, sentence] of [
    ["verified", "github bo, verified", "Also bo on GitHub"],
    ["verified_via_server", "github bo, verified via server", "Also bo on GitHub"],
    ["unreachable", "github bo, unreachable", "Claims to be bo on GitHub"],
    ["failed", "github bo, failed", "Claims to be bo on GitHub"],
    [null, "github bo, not checked yet", "Claims to be bo on GitHub"],
  ] as const
) {
  Deno.test(`a claim that is ${outcome} reads "${sentence}"`, () => {
    const claim = claimWith(outcome);
    const verdict = verdictOf(claim, "valid");
    assert.equal(claimLabel(claim, verdict), label);
    assert.equal(claimSentence(claim, verdict), sentence);
  });
}

Deno.test("in a list that does not hold no claim is verified", () => {
  const claim = claimWith("verified");
  const verdict = verdictOf(claim, "invalid");
  assert.equal(claimLabel(claim, verdict), "github bo, invalid");
  assert.equal(claimSentence(claim, verdict), "Claims to be bo on GitHub");
});

Deno.test("a check says why, and when", () => {
  assert.deepEqual(checkWords(claimWith("unreachable"), NOW_MS), [
    "It did not answer in time.",
    "Checked today at 13:30",
  ]);
  assert.deepEqual(checkWords(claimWith("verified"), NOW_MS), [
    "This device has seen the proof.",
    "Checked today at 13:30",
  ]);
  assert.deepEqual(checkWords(claimWith(null), NOW_MS), []);
  const weekLater = checkWords(claimWith("verified"), NOW_MS + 9 * 86_400_000);
  assert.equal(weekLater[1], "Checked 25 May 2026 at 13:30");
});

for (const service of CLAIM_SERVICES) {
  Deno.test(`${service} has a name, a hint, an example and steps`, () => {
    const words = ct.claims.services[service];
    assert.notEqual(serviceName(service), service);
    assert.ok(words.hint.length > 5);
    // A public key of nobody cannot be an example.
    if (service !== "nostr") assert.notEqual(parseSubject(service, words.example), null);
    const steps = words.steps(words.example);
    assert.ok(steps.length >= 2);
    assert.ok(steps.every((step) => step.endsWith(".")));
  });
}

Deno.test("every reason of a server has its words", () => {
  for (const reason of UNREACHABLE_REASONS) assert.ok(ct.claims.reason[reason].length > 5);
});

Deno.test("a service that this version does not know is called as its claim says", () => {
  const claim = claimWith(null, { service: "constructor", subject: "x" });
  assert.equal(claimSentence(claim, "unchecked"), "Claims to be x on constructor");
});
