import type { CheckClaim } from "./check_claim.ts";
import type { ClaimCheck, ClaimsView } from "./claim_model.ts";
import { NO_CLAIMS, recordOf, withChecks } from "./claims_record.ts";
import { eachOf } from "./each_of.ts";
import type { ReadChain } from "./read_chain.ts";

/** The claims of a chain, all checked now; nothing of it is kept. */
export async function inspectClaims(
  read: ReadChain,
  { check, nowMs }: { check: CheckClaim; nowMs(): number },
): Promise<ClaimsView> {
  const record = recordOf(read, { before: NO_CLAIMS, nowMs: nowMs() });
  if (record.state === "invalid") return { ...record, warning: null };
  const checks = new Map<string, ClaimCheck>();
  await eachOf(record.claims, async (claim) => {
    checks.set(claim.entry, await check(claim, read.chain.primary));
  });
  return { ...withChecks(record, checks), warning: null };
}
