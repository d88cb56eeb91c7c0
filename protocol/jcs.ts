import canonicalize from "canonicalize";
import { utf8ToBytes } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";

/** Deeper nesting than any document needs; deeper input is refused before it costs anything. */
export const MAX_JSON_DEPTH = 64;

/**
 * Canonical JSON (JCS, RFC 8785) of a JSON value.
 *
 * @throws ProtocolError `malformed` for a lone surrogate, a number that is not a safe integer, nesting past
 * {@link MAX_JSON_DEPTH}, or a value that JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  checkJson(value, 0);
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ProtocolError("malformed", "The text holds half of a surrogate pair.", { cause });
  }
  throw new ProtocolError("malformed", "This is not a JSON value.");
}

/** UTF-8 of {@link canonicalJson}: the bytes that are signed and hashed. */
export function canonicalBytes(value: unknown): Uint8Array {
  return utf8ToBytes(canonicalJson(value));
}

/**
 * Parses JSON text and bounds what it may hold by the rules of {@link canonicalJson}.
 *
 * @throws ProtocolError `malformed`
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ProtocolError("malformed", "This is not valid JSON.", { cause });
  }
  checkJson(value, 0);
  return value;
}

function checkJson(value: unknown, depth: number): void {
  if (depth > MAX_JSON_DEPTH) {
    throw new ProtocolError("malformed", `JSON is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new ProtocolError("malformed", "Numbers must be integers within ±(2^53−1).");
  }
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) checkJson(member, depth + 1);
}
