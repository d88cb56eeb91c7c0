import type { UnreachableReason } from "../protocol/proof_answer.ts";

/** Another server did not answer, or not in a way that can be used. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly reason: UnreachableReason;

  constructor(reason: UnreachableReason, options?: ErrorOptions) {
    super(`Not reachable: ${reason}`, options);
    this.reason = reason;
  }
}
