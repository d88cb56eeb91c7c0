import { isHex } from "./bytes.ts";
import { decodeNostrAuthorization, unauthorized } from "./nostr_authorization.ts";
import { eventId, type EventTemplate, KIND, type NostrEvent, tagValue } from "./nostr_event.ts";

/** What an authorization allows. (BUD-01) */
export type BlobVerb = "get" | "upload" | "list" | "delete";

/** `created_at` may be ahead of the server's clock by this. */
const MAX_AHEAD_S = 60;

/** The call that an event is to allow. */
export interface BlobAuthRules {
  verb: BlobVerb;
  /** The blob that the call is about, 64 hex; null where none is named. */
  sha256: string | null;
  /** Public host name of the server, which an event may be limited to by `server` tags. */
  server: string;
  nowS: number;
}

/** What is to be signed for a call. `sha256` is that of the blob; null for a list. (BUD-01) */
export function blobAuthTemplate({ verb, sha256, server, createdAtS, expiresAtS }: {
  verb: BlobVerb;
  sha256: string | null;
  server: string;
  createdAtS: number;
  expiresAtS: number;
}): EventTemplate {
  return {
    kind: KIND.blobAuth,
    created_at: createdAtS,
    tags: [
      ["t", verb],
      ...(sha256 === null ? [] : [["x", sha256]]),
      ["server", server],
      ["expiration", String(expiresAtS)],
    ],
    content: verb,
  };
}

/**
 * Reads an `Authorization` header and checks that its event allows a call: everything except its signature. (BUD-01)
 *
 * @throws ProtocolError `unauthorized`, with the reason in its message
 */
export function parseBlobAuth(header: string | null, rules: BlobAuthRules): NostrEvent {
  const event = decodeNostrAuthorization(header);
  const { verb, sha256, server, nowS } = rules;
  if (event.kind !== KIND.blobAuth) throw unauthorized(`the event is not of kind ${KIND.blobAuth}`);
  if (event.created_at > nowS + MAX_AHEAD_S) {
    throw unauthorized("created_at is in the future; check this device's clock");
  }
  if (!(expirationOf(event) > nowS)) {
    throw unauthorized("the expiration tag is missing, or has passed; sign the request anew");
  }
  if (tagValue(event, "t") !== verb) throw unauthorized(`the t tag is not ${verb}`);
  const servers = valuesOf(event, "server").map(hostOf);
  if (servers.length > 0 && !servers.includes(server)) {
    throw unauthorized("the authorization is for another server");
  }
  if (sha256 !== null && !allowsBlob(event, sha256)) {
    throw unauthorized("no x tag is the SHA-256 of the blob");
  }
  if (eventId(event) !== event.id) throw unauthorized("the id is not the hash of the event");
  return event;
}

/** True where one of the event's `x` tags names the blob. */
export function allowsBlob(event: NostrEvent, sha256: string): boolean {
  return isHex(sha256, 32) && valuesOf(event, "x").includes(sha256);
}

function expirationOf(event: NostrEvent): number {
  const text = tagValue(event, "expiration") ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}

function valuesOf(event: NostrEvent, name: string): string[] {
  return event.tags.flatMap(([tag, value]) => tag === name && value !== undefined ? [value] : []);
}

/** Servers are named by host, or by URL. */
function hostOf(server: string): string {
  // `localhost:6969` would pass for a URL of the scheme `localhost`.
  const isUrl = /^https?:\/\//i.test(server) && URL.canParse(server);
  return isUrl ? new URL(server).host : server.toLowerCase();
}
