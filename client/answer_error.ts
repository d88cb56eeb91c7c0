import * as v from "valibot";
import { FetchFault, type JsonAnswer } from "./fetch_json.ts";
import { UserError, type UserErrorCode } from "./user_error.ts";

/** Problem codes that a person is told in words of their own. */
const TOLD: Record<string, UserErrorCode> = {
  unknown_handle: "unknown_handle",
  invalid_handle: "invalid_handle",
  reserved_handle: "reserved_handle",
  handle_taken: "handle_taken",
  primary_taken: "primary_taken",
  nostr_taken: "nostr_taken",
  registration_closed: "registration_closed",
  invalid_invite: "invalid_invite",
  stale_timestamp: "clock_wrong",
  replayed: "clock_wrong",
};

const MAX_DETAIL_CHARACTERS = 300;

const ProblemShape = v.looseObject({ code: v.string(), detail: v.optional(v.string()) });

/** The UserError for an answer that is not the one that was asked for. (RFC 9457; specification page 3) */
export function answerError({ status, headers, body }: JsonAnswer): UserError {
  if (status === 429) {
    const seconds = headers.get("Retry-After");
    return new UserError(
      "rate_limited",
      /^\d{1,9}$/.test(seconds ?? "") ? { detail: seconds! } : {},
    );
  }
  if (status < 400 || !v.is(ProblemShape, body)) return new UserError("server_error");
  const code = Object.hasOwn(TOLD, body.code) ? TOLD[body.code]! : "server_error";
  if (code !== "server_error" || !body.detail) return new UserError(code);
  return new UserError(code, {
    detail: body.detail.slice(0, MAX_DETAIL_CHARACTERS).toWellFormed(),
  });
}

/** The UserError for a fetch that brought no answer; whatever else was thrown stays what it is. */
export function fetchError(cause: unknown): unknown {
  if (!(cause instanceof FetchFault)) return cause;
  return new UserError(cause.kind === "unreachable" ? "no_network" : "server_error", { cause });
}
