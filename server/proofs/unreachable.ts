import type { UnreachableReason } from "../../protocol/proof_answer.ts";

/** The account did not answer, or not in a way that says whether the token is there. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly reason: UnreachableReason;

  constructor(reason: UnreachableReason, options?: ErrorOptions) {
    super(`The proof cannot be fetched: ${reason}`, options);
    this.reason = reason;
  }
}
