import { UserError } from "../user_error.ts";
import { waitMsOf } from "./attempts.ts";

/**
 * What is left of a failure after a time: one that tells how long to wait tells less and less, and then is over; any
 * other stays as it is.
 *
 * @returns null once it is over
 */
export function remainderOf(error: unknown, elapsedMs: number): unknown {
  const waitMs = waitMsOf(error);
  if (waitMs === null) return error;
  const seconds = Math.ceil((waitMs - elapsedMs) / 1000);
  if (seconds <= 0) return null;
  return new UserError((error as UserError).code, { detail: String(seconds) });
}
