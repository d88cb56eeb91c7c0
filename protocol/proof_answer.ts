import * as v from "valibot";

/** Why a proof could not be fetched, by whoever tried. (Specification page 6) */
export const UNREACHABLE_REASONS = [
  "timeout",
  "name_not_found",
  "forbidden_address",
  "connection",
  "http_status",
  "rate_limited",
  "redirect",
  "too_large",
  "bad_answer",
] as const;

export type UnreachableReason = (typeof UNREACHABLE_REASONS)[number];

/** The answer of `GET /v1/proofs/…`; whether the token is in the evidence is for the client to see. */
export type ProofAnswer =
  & { fetched_at: string }
  & ({ status: "fetched"; evidence: string } | {
    status: "unreachable";
    reason: UnreachableReason;
    evidence: "";
  });

const Shape = v.variant("status", [
  v.object({ status: v.literal("fetched"), fetched_at: v.string(), evidence: v.string() }),
  v.object({
    status: v.literal("unreachable"),
    fetched_at: v.string(),
    // A newer server may know more of them.
    reason: v.fallback(v.picklist(UNREACHABLE_REASONS), "bad_answer"),
    evidence: v.fallback(v.literal(""), ""),
  }),
]);

/** Reads what a server answered; null where it is no such answer. */
export function readProofAnswer(body: unknown): ProofAnswer | null {
  const parsed = v.safeParse(Shape, body);
  return parsed.success ? parsed.output : null;
}
