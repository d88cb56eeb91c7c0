import { decodeHex } from "./bytes.ts";
import { ProtocolError } from "./errors.ts";
import { type NostrEvent, parseEvent } from "./nostr_event.ts";
import { type Filter, parseFilter } from "./nostr_filter.ts";

/** What a client sends to a relay. (NIP-01, NIP-42, NIP-45, NIP-77) */
export type ClientFrame =
  | { type: "EVENT"; event: NostrEvent }
  | { type: "REQ" | "COUNT"; id: string; filters: Filter[] }
  | { type: "CLOSE" | "NEG-CLOSE"; id: string }
  | { type: "NEG-OPEN"; id: string; filter: Filter; message: Uint8Array }
  | { type: "NEG-MSG"; id: string; message: Uint8Array }
  | { type: "AUTH"; event: NostrEvent };

/** What a relay sends to a client. (NIP-01, NIP-42, NIP-45, NIP-77) */
export type RelayFrame =
  | { type: "EVENT"; id: string; event: NostrEvent }
  | { type: "OK"; eventId: string; accepted: boolean; message: string }
  | { type: "EOSE"; id: string }
  | { type: "CLOSED"; id: string; message: string }
  | { type: "NOTICE"; message: string }
  | { type: "AUTH"; challenge: string }
  | { type: "COUNT"; id: string; count: number; isApproximate: boolean }
  | { type: "NEG-MSG"; id: string; message: string }
  | { type: "NEG-ERR"; id: string; message: string };

/** A refused client frame: `id` is the subscription or event id it spoke of, where that could be read. */
export class FrameError extends ProtocolError {
  readonly verb: string | null;
  readonly id: string | null;

  constructor(
    message: string,
    { verb = null, id = null }: { verb?: string | null; id?: string | null } = {},
  ) {
    super("malformed", message);
    this.verb = verb;
    this.id = id;
  }
}

/** Longest subscription id. (NIP-01) */
export const MAX_SUBSCRIPTION_ID_LENGTH = 64;

/** UTF-16 units of a relay's words. */
const MAX_WORDS = 500;

/** More filters than any relay takes are not looked at. */
const MAX_FILTERS = 1_000;

/**
 * What nests deeper is refused unparsed. Up to here a frame is parsed within a millisecond or two, and its answer can name
 * the event or subscription; a frame full of brackets would take a hundred times longer than other frames of its size.
 */
const MAX_FRAME_DEPTH = 16_384;

/**
 * Parses a text frame from a client.
 *
 * @throws FrameError, its message fit to follow `invalid: `
 */
export function parseClientFrame(text: string): ClientFrame {
  const [verb, ...rest] = parseFrame(text);
  switch (verb) {
    case "EVENT":
    case "AUTH":
      return { type: verb, event: parseFrameEvent(verb, rest[0]) };
    case "REQ":
    case "COUNT": {
      const id = parseSubscriptionId(verb, rest[0]);
      return { type: verb, id, filters: parseFilters(verb, { id, values: rest.slice(1) }) };
    }
    case "NEG-OPEN": {
      const id = parseSubscriptionId(verb, rest[0]);
      const [filter] = parseFilters(verb, { id, values: rest.slice(1, 2) });
      return { type: verb, id, filter: filter!, message: parseHex(verb, { id, value: rest[2] }) };
    }
    case "NEG-MSG": {
      const id = parseSubscriptionId(verb, rest[0]);
      return { type: verb, id, message: parseHex(verb, { id, value: rest[1] }) };
    }
    case "CLOSE":
    case "NEG-CLOSE":
      return { type: verb, id: parseSubscriptionId(verb, rest[0]) };
    default:
      throw new FrameError(`unknown message ${JSON.stringify(verb.slice(0, 40))}`, {
        verb,
        id: isSubscriptionId(rest[0]) ? rest[0] : null,
      });
  }
}

/**
 * Parses a text frame from a relay; null for a verb that the client has no use for.
 *
 * @throws FrameError for anything that is no relay frame
 */
export function parseRelayFrame(text: string): RelayFrame | null {
  const [verb, a, b, c] = parseFrame(text);
  switch (verb) {
    case "EVENT":
      return { type: verb, id: expectString(a), event: parseFrameEvent(verb, b) };
    case "OK":
      if (typeof b !== "boolean") throw new FrameError("OK needs true or false", { verb });
      return { type: verb, eventId: expectString(a), accepted: b, message: relayWords(c) };
    case "EOSE":
      return { type: verb, id: expectString(a) };
    case "CLOSED":
      return { type: verb, id: expectString(a), message: relayWords(b) };
    case "NOTICE":
      return { type: verb, message: expectString(a) };
    case "AUTH":
      return { type: verb, challenge: expectString(a) };
    default:
      return null;
  }
}

/** The same from whoever answers in a relay's place: null also for what is no frame. */
export function readRelayFrame(text: string): RelayFrame | null {
  try {
    return parseRelayFrame(text);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}

/** The text of a client's frame, of those that the client sends. */
export function encodeClientFrame(
  frame: { type: "EVENT" | "AUTH"; event: NostrEvent } | { type: "CLOSE"; id: string } | {
    type: "REQ";
    id: string;
    filters: Record<string, unknown>[];
  },
): string {
  switch (frame.type) {
    case "EVENT":
    case "AUTH":
      return JSON.stringify([frame.type, frame.event]);
    case "REQ":
      return JSON.stringify([frame.type, frame.id, ...frame.filters]);
    case "CLOSE":
      return JSON.stringify([frame.type, frame.id]);
  }
}

/** The text of a relay's frame. An `EVENT` to many subscribers is put together from one serialisation elsewhere. */
export function encodeRelayFrame(frame: RelayFrame): string {
  switch (frame.type) {
    case "EVENT":
      return JSON.stringify([frame.type, frame.id, frame.event]);
    case "OK":
      return JSON.stringify([frame.type, frame.eventId, frame.accepted, frame.message]);
    case "EOSE":
      return JSON.stringify([frame.type, frame.id]);
    case "CLOSED":
      return JSON.stringify([frame.type, frame.id, frame.message]);
    case "NOTICE":
      return JSON.stringify([frame.type, frame.message]);
    case "AUTH":
      return JSON.stringify([frame.type, frame.challenge]);
    case "COUNT": {
      const { count, isApproximate } = frame;
      return JSON.stringify([frame.type, frame.id, {
        count,
        ...(isApproximate ? { approximate: true } : {}),
      }]);
    }
    case "NEG-MSG":
    case "NEG-ERR":
      return JSON.stringify([frame.type, frame.id, frame.message]);
  }
}

function parseFrame(text: string): [string, ...unknown[]] {
  if (isDeeper(text, MAX_FRAME_DEPTH)) throw new FrameError("the message is nested too deeply");
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new FrameError("the message is not JSON");
  }
  if (!Array.isArray(frame) || typeof frame[0] !== "string") {
    throw new FrameError("a message is a JSON array that begins with its verb");
  }
  return frame as [string, ...unknown[]];
}

/** True where JSON text nests deeper than `max`. */
function isDeeper(text: string, max: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_LIST || char === OPEN_OBJECT) {
      depth += 1;
      if (depth > max) return true;
    } else if (char === CLOSE_LIST || char === CLOSE_OBJECT) depth -= 1;
  }
  return false;
}

/** Where the string that begins at `start` has its closing quote: one behind an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

function parseFrameEvent(verb: string, value: unknown): NostrEvent {
  try {
    return parseEvent(value);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const id = typeof value === "object" && value !== null ? (value as { id?: unknown }).id : null;
    throw new FrameError(error.message, {
      verb,
      id: typeof id === "string" ? id.slice(0, 64) : null,
    });
  }
}

function parseSubscriptionId(verb: string, id: unknown): string {
  if (!isSubscriptionId(id)) {
    throw new FrameError(
      `a subscription id is a string of 1 to ${MAX_SUBSCRIPTION_ID_LENGTH} characters`,
      { verb },
    );
  }
  return id;
}

function isSubscriptionId(id: unknown): id is string {
  return typeof id === "string" && id.length > 0 && id.length <= MAX_SUBSCRIPTION_ID_LENGTH;
}

function parseHex(
  verb: string,
  { id, value }: { id: string; value: unknown },
): Uint8Array {
  const bytes = typeof value === "string" ? decodeHex(value) : null;
  if (bytes) return bytes;
  throw new FrameError(`${verb} needs a message in lower-case hex`, { verb, id });
}

function parseFilters(verb: string, { id, values }: { id: string; values: unknown[] }): Filter[] {
  if (values.length === 0) throw new FrameError(`${verb} needs a filter`, { verb, id });
  if (values.length > MAX_FILTERS) throw new FrameError("too many filters", { verb, id });
  try {
    return values.map(parseFilter);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new FrameError(error.message, { verb, id });
  }
}

function expectString(value: unknown): string {
  if (typeof value !== "string") throw new FrameError("a member is not a string");
  return value;
}

/** What a relay says of itself, empty where it says nothing: it is kept and shown, so it is no longer than anybody reads. */
function relayWords(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.length <= MAX_WORDS ? value : value.slice(0, MAX_WORDS).toWellFormed();
}
