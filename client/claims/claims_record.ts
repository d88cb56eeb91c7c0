import type { LiveClaim, Sigchain } from "../../protocol/sigchain.ts";
import type { SigchainEntry } from "../../protocol/sigchain_entry.ts";
import { parseInstant } from "../../protocol/instant.ts";
import type { ChainEntryView, ClaimCheck, ClaimsView, ClaimView } from "./claim_model.ts";
import type { ReadChain } from "./read_chain.ts";

/** What is kept of somebody's claims, under `claimsName`. */
export type ClaimsRecord = Omit<ClaimsView, "warning">;

/** More of a stranger's claims are neither shown nor checked. */
const MAX_SHOWN_CLAIMS = 50;
const MAX_SERVICE_CHARACTERS = 32;
const MAX_SHOWN_CHARACTERS = 320;
/** Controls, marks of direction, halves of characters. */
const HIDDEN = /\p{C}|\p{Zl}|\p{Zp}/u;

/** What is known before anything was read. */
export const NO_CLAIMS: ClaimsRecord = {
  state: "unread",
  invalidReason: null,
  claims: [],
  entries: [],
  readAtMs: null,
};

/** The record of a chain as it was read now; checks stay with their entries. */
export function recordOf(
  { chain, entries, fault }: ReadChain,
  { before, nowMs, maxClaims = MAX_SHOWN_CLAIMS }: {
    before: ClaimsRecord;
    nowMs: number;
    maxClaims?: number;
  },
): ClaimsRecord {
  const checks = new Map(before.claims.map(({ entry, check }) => [entry, check]));
  const claims = chain.claims.filter(isShown).slice(0, maxClaims)
    .map((claim) => viewClaim(claim, checks.get(claim.entry) ?? null));
  return {
    state: fault ? "invalid" : stateOf(chain),
    invalidReason: fault?.reason ?? null,
    claims,
    entries: viewEntries(entries, chain.hashes),
    readAtMs: nowMs,
  };
}

/** The record after checks, by the entries of their claims. */
export function withChecks(
  record: ClaimsRecord,
  checks: ReadonlyMap<string, ClaimCheck>,
): ClaimsRecord {
  const claims = record.claims.map((claim) => ({
    ...claim,
    check: checks.get(claim.entry) ?? claim.check,
  }));
  return { ...record, claims };
}

function stateOf({ hashes, newerAt }: Sigchain): ClaimsRecord["state"] {
  if (newerAt !== null) return "newer";
  return hashes.length === 0 ? "empty" : "valid";
}

/** Names that are too long, or hold what makes other words read otherwise, are nobody's account. */
function isShown({ service, subject }: LiveClaim): boolean {
  return service.length <= MAX_SERVICE_CHARACTERS && subject.length <= MAX_SHOWN_CHARACTERS &&
    !HIDDEN.test(service + subject);
}

function viewClaim(
  { entry, service, subject, proofUrl, createdAtMs }: LiveClaim,
  check: ClaimCheck | null,
): ClaimView {
  return { entry, service, subject, proofUrl, addedAtMs: createdAtMs, check };
}

const KNOWN_OPS: ReadonlySet<string> = new Set(
  ["genesis", "nostr.link", "claim.add", "claim.revoke"] satisfies ChainEntryView["op"][],
);

function viewEntries(
  entries: readonly SigchainEntry[],
  hashes: readonly string[],
): ChainEntryView[] {
  const accounts = new Map<unknown, Pick<ChainEntryView, "service" | "subject">>();
  return entries.map(({ payload: { seq, op, body, created_at } }, at) => {
    const known = KNOWN_OPS.has(op) ? op as ChainEntryView["op"] : "unknown";
    const view = { seq, op: known, atMs: parseInstant(created_at) ?? 0 };
    if (op === "claim.revoke") return { ...view, ...accounts.get(body.entry) };
    if (op !== "claim.add") return view;
    const account = { service: shortened(body.service), subject: shortened(body.subject) };
    accounts.set(hashes[at], account);
    return { ...view, ...account };
  });
}

function shortened(text: unknown): string {
  return String(text).slice(0, MAX_SHOWN_CHARACTERS).replace(new RegExp(HIDDEN, "gu"), "");
}
