import { createInFlight } from "../in_flight.ts";
import { jsonResponse } from "../json_response.ts";
import { Problem } from "../problems.ts";
import type { BucketRule, RateLimiter } from "../rate_limit.ts";
import { takeToken } from "../take_token.ts";
import type { Proofs } from "./proofs.ts";

/** Fetches for a primary. (Specification page 6) */
const PROOF_RULE: BucketRule = { name: "proof", capacity: 30, refillPerS: 0.5 };

/** A quarter of what is fetched at a time: who asks of hosts that dawdle leaves room for others. */
export const MAX_FETCHES_A_PERSON = 8;

export interface ProofRoutesDeps {
  proofs: Proofs;
  limiter: RateLimiter;
  isRegistered(primary: string): Promise<boolean>;
  authenticate(request: Request, body: null): Promise<{ primary: string }>;
}

/** The call `GET /v1/proofs/:service/:subject[?url=…]`; refusals are thrown. (Specification page 6) */
export function createProofRoutes(
  { proofs, limiter, isRegistered, authenticate }: ProofRoutesDeps,
) {
  const inFlight = createInFlight({ maxTotal: Infinity, maxPerClient: MAX_FETCHES_A_PERSON });

  return {
    async fetch(
      request: Request,
      { service, subject }: { service: string; subject: string },
    ): Promise<Response> {
      const { primary } = await authenticate(request, null);
      if (!(await isRegistered(primary))) {
        throw new Problem("forbidden", "Only who has a handle here can have proofs fetched.");
      }
      takeToken(limiter, { rule: PROOF_RULE, key: primary, tooMany: "Too many proofs." });
      const proofUrl = new URL(request.url).searchParams.get("url");
      const leave = inFlight.enter(primary);
      if (!leave) {
        throw new Problem("overloaded", "You have too many proofs fetched at once. Wait for some.");
      }
      try {
        const answer = await proofs.fetch({ service, subject, proofUrl });
        return jsonResponse(answer, { headers: { "Cache-Control": "no-store" } });
      } finally {
        leave();
      }
    },
  };
}
