/** Why a proof could not be fetched. */
export type UnreachableReason =
  | "timeout"
  | "name_not_found"
  | "forbidden_address"
  | "connection"
  | "http_status"
  | "rate_limited"
  | "redirect"
  | "too_large"
  | "bad_answer";

/** The account did not answer, or not in a way that says whether the token is there. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly reason: UnreachableReason;

  constructor(reason: UnreachableReason, options?: ErrorOptions) {
    super(`The proof cannot be fetched: ${reason}`, options);
    this.reason = reason;
  }
}
