import { KIND, type NostrEvent, parseEvent } from "../../protocol/nostr_event.ts";
import { Problem } from "../problems.ts";

/** What the relay says to an event, in NIP-01's words. */
export interface RelayAnswer {
  accepted: boolean;
  message: string;
}

/** Where in a mailbox the next page begins. */
export interface MailPage {
  /** Not older than this, in Unix seconds by what the events say. */
  sinceS: number;
  /** Behind the event with this number; 0 for the first. */
  afterSeq: number;
  limit: number;
}

/** The home relay, as far as messages go without a WebSocket. */
export interface MessageRelay {
  /** True for a client, as `clientKey` gives it, that may not connect there. */
  isBlocked(client: string): boolean;
  /** Takes an event as if it were sent there. */
  submit(event: NostrEvent): Promise<RelayAnswer>;
  /** Mail to an addr in order of arrival: at most `limit`, and fewer where they are large. */
  mail(addr: string, page: MailPage): {
    mail: { seq: number; event: NostrEvent }[];
    hasMore: boolean;
  };
}

/** The largest page, and the one that is not asked for in size. */
export const MAX_PAGE = 500;
const DEFAULT_SINCE_S = 48 * 3600;

/** Reads a message from a request's body. @throws Problem `invalid_event` */
export function readMessage(text: string): NostrEvent {
  let event: NostrEvent;
  try {
    event = parseEvent(JSON.parse(text));
  } catch (cause) {
    throw new Problem("invalid_event", "Send one signed nostr event as JSON.", { cause });
  }
  if (event.kind !== KIND.message && event.kind !== KIND.quiet) {
    throw new Problem("invalid_event", "Only events of kind 4243 and 4244 are taken here.");
  }
  return event;
}

/** Whether the event is new here. @throws Problem `invalid_event`, `rate_limited`, `overloaded` */
export function outcomeOf({ accepted, message }: RelayAnswer): { stored: boolean } {
  if (accepted) return { stored: !message.startsWith("duplicate:") };
  const words = `${message.replace(/^[a-z-]+: /, "").replace(/^./, (c) => c.toUpperCase())}.`;
  if (message.startsWith("rate-limited:")) {
    throw new Problem("rate_limited", words, { headers: { "Retry-After": "60" } });
  }
  if (message.startsWith("error:")) {
    throw new Problem("overloaded", words, { headers: { "Retry-After": "1" } });
  }
  throw new Problem("invalid_event", words);
}

/** Reads what a page was asked for by. @throws Problem `malformed` */
export function readPage(query: URLSearchParams, nowS: number): MailPage {
  const cursor = readCursor(query.get("after"));
  return {
    sinceS: count(query, "since") ?? cursor?.sinceS ?? nowS - DEFAULT_SINCE_S,
    afterSeq: cursor?.afterSeq ?? 0,
    limit: readLimit(query),
  };
}

/** What leads to the next page. */
export function writeCursor({ seq, sinceS }: { seq: number; sinceS: number }): string {
  return `${seq.toString(36)}-${sinceS.toString(36)}`;
}

function readCursor(text: string | null) {
  if (text === null) return null;
  const match = /^([0-9a-z]{1,10})-([0-9a-z]{1,10})$/.exec(text);
  if (!match) throw malformed("Give `after` as the last answer's `next` has it.");
  return { afterSeq: parseInt(match[1]!, 36), sinceS: parseInt(match[2]!, 36) };
}

function readLimit(query: URLSearchParams): number {
  const limit = count(query, "limit") ?? MAX_PAGE;
  if (limit < 1 || limit > MAX_PAGE) throw malformed(`Give a limit from 1 to ${MAX_PAGE}.`);
  return limit;
}

function count(query: URLSearchParams, name: string): number | null {
  const [text, ...more] = query.getAll(name);
  if (text === undefined) return null;
  if (!/^\d{1,11}$/.test(text) || more.length > 0) {
    throw malformed(`Give \`${name}\` once, as a whole number.`);
  }
  return Number(text);
}

function malformed(detail: string): Problem {
  return new Problem("malformed", detail);
}
