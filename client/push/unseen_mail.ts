import * as v from "valibot";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { parseInstant } from "../../protocol/instant.ts";
import { openMail } from "../../protocol/mail.ts";
import { isKnownBody } from "../../protocol/message_body.ts";
import {
  eventId,
  KIND,
  type NostrEvent,
  parseEvent,
  tagValue,
} from "../../protocol/nostr_event.ts";
import { answerError } from "../answer_error.ts";
import type { AuthorizedCall } from "../authorized_call.ts";
import { isAckable } from "../chats/incoming/acks.ts";
import { emptyConversation } from "../chats/conversation/conversation_changes.ts";
import { CURSOR_OVERLAP_S } from "../relays/mail_subscription.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";
import type { ChatStorage } from "../storage/chat_storage.ts";
import { isHeard } from "./notice.ts";

/** A message that waits at the home server and was not taken in yet. */
export interface UnseenMessage {
  eventId: string;
  /** As it is on this device: without the message. Of a stranger an empty request. */
  conversation: ConversationRecord;
  /** False where nobody wants to hear of it: of a muted or blocked peer, or read on another device already. */
  isHeard: boolean;
}

export interface UnseenMailDeps {
  storage: Pick<ChatStorage, "cursor" | "isEventSeen" | "takenDigest">;
  /** As they are on this device. */
  conversations: readonly ConversationRecord[];
  call: AuthorizedCall;
  account: { primary: string; addr: string; homeRelay: string };
  identitySecret: Uint8Array;
  verifyEd25519: VerifyEd25519;
  nowMs(): number;
}

/** What is older than a push lives is not what it is about. */
const MAX_AGE_S = 24 * 3600;
const PAGE_EVENTS = 200;
/** A flood of strangers must not cost much of somebody's mobile data, at each of its pushes. */
const MAX_PAGES = 3;
/** Opening one takes about a millisecond; the newest tell enough. */
const MAX_OPENED = 200;

const Page = v.looseObject({ events: v.array(v.unknown()), next: v.nullable(v.string()) });

/**
 * Reads what the home server holds for the account and the chats have not seen, in order of arrival. It changes nothing:
 * the chats take it in, ack and keep it, once they are open.
 *
 * @throws UserError `no_network`, `server_error`, `rate_limited`, `storage_failed`
 */
export async function readUnseenMail(deps: UnseenMailDeps): Promise<UnseenMessage[]> {
  const { storage, nowMs } = deps;
  const waiting: NostrEvent[] = [];
  for (const event of await readEvents(deps)) {
    if (!await storage.isEventSeen(event.id)) waiting.push(event);
  }
  const conversations = new Map(deps.conversations.map((record) => [record.primary, record]));
  const unseen: UnseenMessage[] = [];
  for (const event of waiting.slice(-MAX_OPENED)) {
    const message = await openMessage(event, deps);
    if (!message) continue;
    const { from, sent_at } = message.payload;
    const conversation = conversations.get(from) ??
      emptyConversation({ primary: from, state: "request", nowMs: nowMs() });
    const wasRead = parseInstant(sent_at)! <= conversation.readElsewhereToMs;
    unseen.push({ eventId: event.id, conversation, isHeard: isHeard(conversation) && !wasRead });
  }
  return unseen;
}

async function readEvents(
  { call, storage, account, nowMs }: UnseenMailDeps,
): Promise<NostrEvent[]> {
  const nowS = Math.floor(nowMs() / 1000);
  const cursorS = await storage.cursor(account.homeRelay) ?? 0;
  const sinceS = Math.max(nowS - MAX_AGE_S, cursorS - CURSOR_OVERLAP_S);
  const found: NostrEvent[] = [];
  let after = "";
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await call(
      "GET",
      `/v1/messages?since=${sinceS}&limit=${PAGE_EVENTS}${after}`,
    );
    if (answer.status !== 200 || !v.is(Page, answer.body)) {
      if (page === 0) throw answerError(answer);
      // What came before it is news all the same.
      return found;
    }
    const { events, next } = answer.body;
    found.push(...events.slice(0, PAGE_EVENTS).flatMap((event) => mailTo(account.addr, event)));
    if (next === null) return found;
    after = `&after=${encodeURIComponent(next)}`;
  }
  return found;
}

/** The event, where it is one that notifies; nothing else. */
function mailTo(addr: string, value: unknown): NostrEvent[] {
  try {
    const event = parseEvent(value);
    const isMail = event.kind === KIND.message && tagValue(event, "q") === addr &&
      eventId(event) === event.id;
    return isMail ? [event] : [];
  } catch (error) {
    if (error instanceof ProtocolError) return [];
    throw error;
  }
}

/** A message of somebody else that the chats would show; null for what is none, or was taken already in another event. */
async function openMessage(
  event: NostrEvent,
  { storage, account, identitySecret, verifyEd25519, nowMs }: UnseenMailDeps,
) {
  try {
    const opened = await openMail(event, { identitySecret, verifyEd25519, nowMs: nowMs() });
    if (opened.type !== "message") return null;
    const { from, body } = opened.message.payload;
    const isShown = !isKnownBody(body) || isAckable(body);
    if (from === account.primary || !isShown) return null;
    return await storage.takenDigest(opened.message.payload) === null ? opened.message : null;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
