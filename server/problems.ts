import { ProtocolError } from "../protocol/errors.ts";
import { storageFaultOf } from "./storage_fault.ts";

/** Every error that the API answers with: its status and title. (RFC 9457; specification page 3) */
const CATALOGUE = {
  malformed: [400, "The request is malformed"],
  unsupported_document: [400, "The document is of an unsupported kind"],
  key_mismatch: [400, "The key does not fit the identity"],
  wrong_server: [400, "The document is for another server"],
  invalid_handle: [400, "The handle is not valid"],
  reserved_handle: [400, "The handle is reserved"],
  stale_timestamp: [400, "The time is too far off"],
  bad_nostr_link: [400, "The nostr key is not linked"],
  bad_endpoint: [400, "The push endpoint is not acceptable"],
  invalid_event: [400, "The event is not taken"],
  invalid_entry: [400, "The entry does not fit its sigchain"],
  bad_signature: [401, "The signature does not verify"],
  unauthorized: [401, "The request is not authorized"],
  forbidden: [403, "Not allowed"],
  not_registered: [403, "Not registered here"],
  registration_closed: [403, "Registration is closed"],
  invalid_invite: [403, "The invite is not valid"],
  not_found: [404, "Not found"],
  unknown_handle: [404, "Unknown handle"],
  method_not_allowed: [405, "Method not allowed"],
  request_timeout: [408, "The request took too long"],
  handle_taken: [409, "The handle is taken"],
  primary_taken: [409, "The identity has a handle already"],
  nostr_taken: [409, "The nostr key is taken"],
  fork: [409, "The sigchain has another end"],
  chain_full: [409, "The sigchain is full"],
  replayed: [409, "Seen before"],
  too_large: [413, "The request is too large"],
  quota_exceeded: [413, "There is no room left for you"],
  rate_limited: [429, "Too many requests"],
  internal: [500, "Something went wrong on the server"],
  not_implemented: [501, "Not available on this server"],
  wrong_route: [502, "The request reached the wrong listener"],
  overloaded: [503, "Too many requests at once"],
  storage_full: [507, "The disk is full"],
  no_client: [503, "The web client is not built"],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof CATALOGUE;

const MAX_DETAIL_CHARACTERS = 500;

/** A refusal that becomes an `application/problem+json` answer. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  /** @param detail one sentence that says what to do */
  constructor(
    code: ProblemCode,
    detail: string,
    { headers = {}, members = {}, cause }: {
      headers?: Record<string, string>;
      members?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause });
    this.code = code;
    this.headers = headers;
    this.members = members;
  }
}

/** The refusal that an error stands for; null where the error is a fault of the server. */
export function problemOf(error: unknown, nowMs: number): Problem | null {
  if (error instanceof Problem) return error;
  if (!(error instanceof ProtocolError)) return null;
  // Clients with a wrong clock correct themselves by this.
  const serverTime = { server_time: new Date(nowMs).toISOString() };
  switch (error.code) {
    case "unauthorized":
      return new Problem("unauthorized", error.message, {
        headers: { "WWW-Authenticate": "Kez" },
        members: serverTime,
      });
    case "stale_timestamp":
      return new Problem("stale_timestamp", error.message, { members: serverTime });
    case "bad_signature":
      return new Problem("bad_signature", error.message, {
        headers: { "WWW-Authenticate": "Kez" },
      });
    case "malformed":
    case "too_large":
    case "unsupported_document":
    case "key_mismatch":
    case "wrong_server":
    case "invalid_handle":
    case "reserved_handle":
    case "bad_nostr_link":
      return new Problem(error.code, error.message);
    default:
      return null;
  }
}

/** The answer that tells a problem. */
export function problemResponse(problem: Problem): Response {
  const [status, title] = CATALOGUE[problem.code];
  const body = {
    ...problem.members,
    type: `urn:kez-chat:problem:${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: cut(problem.message),
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...problem.headers,
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
    },
  });
}

/** What a caller is told of a fault: nothing that it could learn from, but that the disk is full. */
export function internalProblem(error?: unknown): Problem {
  if (storageFaultOf(error) === "full") {
    return new Problem("storage_full", "The server's disk is full. Tell its host.");
  }
  return new Problem("internal", "Try again in a moment. The server's log has the reason.");
}

function cut(detail: string): string {
  return detail.length > MAX_DETAIL_CHARACTERS
    ? `${detail.slice(0, MAX_DETAIL_CHARACTERS)}…`.toWellFormed()
    : detail;
}
