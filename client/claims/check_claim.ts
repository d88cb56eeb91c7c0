import {
  type ClaimService,
  holdsToken,
  isClaimService,
  parseSubject,
  serviceRule,
} from "../../protocol/claim.ts";
import { parseInstant } from "../../protocol/instant.ts";
import type { ProofAnswer } from "../../protocol/proof_answer.ts";
import type { LiveClaim } from "../../protocol/sigchain.ts";
import type { CheckReason, ClaimCheck, ClaimOutcome } from "./claim_model.ts";
import { type ProofNetwork, ProofUnreachable } from "./proof_network.ts";
import { askBluesky } from "./services/bluesky.ts";
import { askGithub } from "./services/github.ts";
import { askHackerNews } from "./services/hackernews.ts";
import { askKez } from "./services/kez.ts";
import { askMastodon } from "./services/mastodon.ts";
import { askNostr } from "./services/nostr.ts";
import type { ClientProof } from "./services/template.ts";

/** A claim, as far as its proof is concerned. */
export type ClaimToCheck = Pick<LiveClaim, "service" | "subject" | "proofUrl">;

/** Has the home server fetch a proof. @throws ProofUnreachable where it does not */
export type AskServer = (claim: ClaimToCheck) => Promise<ProofAnswer>;

/** Those that a browser can ask; the others are for a server alone. */
const DIRECT: Partial<Record<ClaimService, ClientProof>> = {
  github: askGithub,
  mastodon: askMastodon,
  bluesky: askBluesky,
  nostr: askNostr,
  hackernews: askHackerNews,
  kez: askKez,
};

/** Checks that the account of a claim names an identity (`ed25519:<64 hex>`). Never rejects for what the network does. */
export type CheckClaim = (claim: ClaimToCheck, primary: string) => Promise<ClaimCheck>;

/**
 * Checks claims directly where the service allows it, by the server elsewhere. (Specification page 6)
 *
 * @param askServer null for who has no account: then what a browser cannot ask stays open
 */
export function createCheckClaim(
  { network, askServer, nowMs }: {
    network: ProofNetwork;
    askServer: AskServer | null;
    nowMs(): number;
  },
): CheckClaim {
  const result = (outcome: ClaimOutcome, reason: CheckReason | null, atMs = nowMs()) => ({
    outcome,
    reason,
    atMs,
  });

  async function byServer(claim: ClaimToCheck, primary: string): Promise<ClaimCheck> {
    if (!askServer) return result("unreachable", "needs_account");
    const answer = await askServer(claim);
    // It may have fetched it some minutes ago, and its clock may be ahead.
    const atMs = Math.min(parseInstant(answer.fetched_at) ?? nowMs(), nowMs());
    if (answer.status === "unreachable") return result("unreachable", answer.reason, atMs);
    return holdsToken(answer.evidence, primary)
      ? result("verified_via_server", null, atMs)
      : result("failed", "token_missing", atMs);
  }

  async function directly(
    ask: ClientProof,
    { claim, primary }: { claim: ClaimToCheck; primary: string },
  ): Promise<ClaimCheck> {
    const text = await ask(claim, network);
    if (text === null) return result("failed", "nobody");
    return holdsToken(text, primary) ? result("verified", null) : result("failed", "token_missing");
  }

  async function check(
    service: ClaimService,
    { claim, primary }: { claim: ClaimToCheck; primary: string },
  ): Promise<ClaimCheck> {
    const ask = DIRECT[service];
    if (!ask) return await byServer(claim, primary);
    try {
      return await directly(ask, { claim, primary });
    } catch (error) {
      const isForServer = error instanceof ProofUnreachable && askServer !== null &&
        serviceRule(service).fetchedBy === "client_else_server";
      if (!isForServer) throw error;
      return await byServer(claim, primary);
    }
  }

  return async ({ service, subject: text, proofUrl }, primary) => {
    if (!isClaimService(service)) return result("unreachable", "unknown_service");
    const subject = parseSubject(service, text);
    if (subject === null) return result("failed", "nobody");
    try {
      return await check(service, { claim: { service, subject, proofUrl }, primary });
    } catch (error) {
      if (error instanceof ProofUnreachable) return result("unreachable", error.reason);
      throw error;
    }
  };
}
