import { base64 } from "@scure/base";
import { decodeUtf8, utf8ToBytes } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type NostrEvent, parseEvent } from "./nostr_event.ts";

const HEADER = /^nostr +([a-z0-9+/_-]+={0,2})$/i;

/** The value of an `Authorization` header that carries an event. (NIP-98, BUD-01) */
export function encodeNostrAuthorization(event: NostrEvent): string {
  return `Nostr ${base64.encode(utf8ToBytes(JSON.stringify(event)))}`;
}

/**
 * The event that an `Authorization` header carries; nothing of it but its shape is checked. (NIP-98, BUD-01)
 *
 * @throws ProtocolError `unauthorized`, with the reason in its message
 */
export function decodeNostrAuthorization(header: string | null): NostrEvent {
  if (header === null) throw unauthorized("sign the request: Authorization: Nostr <base64 event>");
  const encoded = HEADER.exec(header)?.[1];
  const bytes = encoded === undefined ? null : decodeBase64(encoded);
  const text = bytes && decodeUtf8(bytes);
  if (text === null) throw unauthorized("the authorization is not Nostr <base64 event>");
  try {
    return parseEvent(JSON.parse(text));
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof ProtocolError)) throw cause;
    throw unauthorized(`the authorization holds no event: ${cause.message}`, { cause });
  }
}

/** The refusal of an authorization. */
export function unauthorized(message: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError("unauthorized", message, options);
}

/** BUD-01 leaves open which base64: both alphabets are read, with padding or without. */
function decodeBase64(text: string): Uint8Array | null {
  const standard = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  try {
    return base64.decode(standard.padEnd(Math.ceil(standard.length / 4) * 4, "="));
  } catch {
    return null;
  }
}
