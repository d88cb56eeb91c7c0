import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "./bytes.ts";
import { decodeNostrAuthorization, unauthorized } from "./nostr_authorization.ts";
import { eventId, type EventTemplate, KIND, type NostrEvent, tagValue } from "./nostr_event.ts";

/** How far `created_at` may be from the server's clock. (NIP-98) */
export const HTTP_AUTH_WINDOW_S = 60;

/** The request that an event is to fit. */
export interface HttpAuthRules {
  /** Upper-case. */
  method: string;
  /** True where the URL of the `u` tag is that of the request. */
  isOwnUrl(url: URL): boolean;
  nowS: number;
}

/** What is to be signed for a request; without a body, `body` is null. (NIP-98) */
export function httpAuthTemplate(
  { url, method, body, createdAtS }: {
    url: string;
    method: string;
    body: Uint8Array | null;
    createdAtS: number;
  },
): EventTemplate {
  const payload = body === null ? [] : [["payload", bytesToHex(sha256(body))]];
  return {
    kind: KIND.httpAuth,
    created_at: createdAtS,
    tags: [["u", url], ["method", method], ...payload],
    content: "",
  };
}

/**
 * Reads an `Authorization` header and checks that its event is about the request: everything except its signature, the
 * body ({@link checkHttpAuthPayload}), and whether it was used before. (NIP-98)
 *
 * @throws ProtocolError `unauthorized`, with the reason in its message
 */
export function parseHttpAuth(header: string | null, rules: HttpAuthRules): NostrEvent {
  const event = decodeNostrAuthorization(header);
  if (event.kind !== KIND.httpAuth) {
    throw unauthorized(`the event is not of kind ${KIND.httpAuth}`);
  }
  if (Math.abs(rules.nowS - event.created_at) > HTTP_AUTH_WINDOW_S) {
    throw unauthorized(
      `created_at is more than ${HTTP_AUTH_WINDOW_S} seconds off; check this device's clock`,
    );
  }
  const url = tagValue(event, "u") ?? "";
  if (!URL.canParse(url) || !rules.isOwnUrl(new URL(url))) {
    throw unauthorized("the u tag is not the URL of this request");
  }
  if (tagValue(event, "method")?.toUpperCase() !== rules.method) {
    throw unauthorized("the method tag is not the method of this request");
  }
  if (eventId(event) !== event.id) throw unauthorized("the id is not the hash of the event");
  return event;
}

/**
 * Checks that an event is about a body: its `payload` tag is the hex SHA-256 of it. Required of every body. (NIP-98, NIP-86)
 *
 * @throws ProtocolError `unauthorized`
 */
export function checkHttpAuthPayload(event: NostrEvent, body: Uint8Array): void {
  const payload = tagValue(event, "payload");
  if (payload === null && body.length === 0) return;
  if (payload === null) throw unauthorized("the payload tag is missing");
  if (payload.toLowerCase() !== bytesToHex(sha256(body))) {
    throw unauthorized("the payload tag is not the SHA-256 of the body");
  }
}
