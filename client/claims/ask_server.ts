import { readProofAnswer } from "../../protocol/proof_answer.ts";
import type { AuthorizedCall } from "../authorized_call.ts";
import { UserError } from "../user_error.ts";
import type { AskServer } from "./check_claim.ts";
import { ProofUnreachable } from "./proof_network.ts";

/** Has the home server fetch proofs for the account. (Specification page 6) */
export function createAskServer(call: AuthorizedCall): AskServer {
  return async ({ service, subject, proofUrl }) => {
    // As a URL spells it: what is signed is what is sent.
    const url = new URL(`/v1/proofs/${service}/${encodeURIComponent(subject)}`, "https://x");
    if (proofUrl !== null) url.searchParams.set("url", proofUrl);
    try {
      const { status, body } = await call("GET", url.pathname + url.search);
      const answer = status === 200 ? readProofAnswer(body) : null;
      if (answer) return answer;
      throw new ProofUnreachable(status === 429 ? "rate_limited" : "bad_answer");
    } catch (cause) {
      if (!(cause instanceof UserError)) throw cause;
      throw new ProofUnreachable("no_network", { cause });
    }
  };
}
