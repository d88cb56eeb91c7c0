import { utf8ToBytes } from "../../../protocol/bytes.ts";
import { parseHandleInput } from "../../../protocol/handle.ts";
import { parseInstant } from "../../../protocol/instant.ts";
import { canonicalJson } from "../../../protocol/jcs.ts";
import type { Message } from "../../../protocol/message.ts";
import { isKnownBody, type MessageBody } from "../../../protocol/message_body.ts";
import { KIND } from "../../../protocol/nostr_event.ts";
import { withTold } from "../../claims/chain_memory.ts";
import { type Change, STRANGERS } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../storage/record_defaults.ts";
import { acceptanceEntries, ackEntry, isAckable } from "./acks.ts";
import {
  asAccepted,
  emptyConversation,
  withMessage,
} from "../conversation/conversation_changes.ts";
import { withRunningTimer } from "../conversation/disappearing.ts";
import { earlyChanges, loadEarly, withDelivery } from "./early_deliveries.ts";
import type { InboundContext } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";
import { quietChanges } from "./inbound_quiet.ts";
import { withEarlyReceipt } from "./inbound_receipt.ts";
import { inviteChanges, inviteCodeOf } from "../people/invites.ts";
import { withPendingActions } from "./pending_actions.ts";
import { withAllRead } from "../conversation/read_state.ts";
import { roomForRequest } from "./request_limits.ts";

/** Events of one message that a request remembers, to ack one of them when it is accepted. */
const MAX_REQUEST_EVENTS = 4;

/**
 * What a verified message changes: a new message in its conversation, a request, an own message from another device, a
 * repeated ack, or nothing. (Specification page 2, "Replay" and "Before acceptance")
 */
export async function messageChanges(message: Message, context: InboundContext): Promise<Outcome> {
  const { event, ledger, primary, nowMs } = context;
  const { from, to, id, body } = message.payload;
  const isOwn = from === primary;
  const peer = isOwn ? to : from;
  const conversation = ledger.conversation(peer);
  const isKnownPeer = isOwn || conversation?.state === "accepted" ||
    conversation?.state === "key_changed";
  const pool = isKnownPeer ? peer : STRANGERS;
  const seen: Change = { put: "seen_event", eventId: event.id, pool, atMs: nowMs() };

  if (!isOwn && conversation?.state === "blocked") return { changes: [seen] };
  if (!isShownKind(body, { isOwn, eventKind: event.kind })) {
    const isHeard = isKnownPeer && event.kind === KIND.quiet;
    if (!isHeard) return { changes: [seen], dropped: "quiet_kind" };
    const outcome = await quietChanges({ message, peer, isOwn, conversation, context });
    return { ...outcome, changes: [seen, ...outcome.changes] };
  }
  const digest = await ledger.storage.digestOf(message);
  const taken = await ledger.storage.takenDigest({ from, id });
  if (taken !== null && taken !== digest) return { changes: [seen], dropped: "replay" };
  if (taken !== null) return await repeated(message, { ...context, seen, conversation, isOwn });

  const atMs = Math.min(parseInstant(message.payload.sent_at)!, nowMs());
  const isReadElsewhere = !isOwn && atMs <= (conversation?.readElsewhereToMs ?? 0);
  const arrived = recordOf(message, { ...context, peer, isOwn, digest, atMs });
  // Nobody knows when it was first shown there; it was not before it was sent.
  const timed = isOwn || isReadElsewhere
    ? withRunningTimer({ ...arrived, seenAtMs: isReadElsewhere ? nowMs() : null }, atMs)
    : arrived;
  const { message: record, changes: applied } = await withPendingActions(timed, ledger);
  const changes: Change[] = [
    seen,
    { put: "seen_message", from, id, digest, pool, atMs: nowMs() },
    { put: "message", message: record },
    ...applied,
  ];
  const next = { changes, record, peer, conversation, message, context };
  return isOwn ? await ownMessage(next) : await peerMessage(next);
}

interface NewMessage {
  changes: Change[];
  record: MessageRecord;
  peer: string;
  conversation: ConversationRecord | null;
  message: Message;
  context: InboundContext;
}

/** A message that this account sent from another device: to write to somebody is to accept them. */
async function ownMessage(
  { changes, record, peer, conversation, context }: NewMessage,
): Promise<Outcome> {
  const { ledger, nowMs } = context;
  const known = conversation ??
    emptyConversation({ primary: peer, state: "accepted", nowMs: nowMs() });
  // Who answered on another device has read there what came before.
  const read = await withAllRead(known, { ledger, toMs: record.atMs, nowMs: nowMs() });
  const early = await loadEarly(ledger);
  const acked = withDelivery(record, { early, nowMs: nowMs() });
  changes.push(...earlyChanges(early, acked.early));
  const { message, conversation: before } = withEarlyReceipt(acked.message, {
    conversation: read.conversation,
    nowMs: nowMs(),
  });
  const wasRequest = before.state === "request";
  const entries = wasRequest ? await acceptanceEntries(peer, context) : [];
  const accepted = wasRequest ? asAccepted(before) : before;
  const after = withMessage(accepted, { message, isOwn: true });
  if (message !== record) changes.push({ put: "message", message });
  changes.push(...read.changes, { put: "conversation", conversation: after });
  for (const entry of entries) changes.push({ put: "outbox", entry });
  return { changes, entries, unconfirmed: after.contact ? undefined : peer };
}

async function peerMessage(
  { changes, record, peer, conversation, message, context }: NewMessage,
): Promise<Outcome> {
  const { event, relayUrl, ledger, nowMs } = context;
  const claimedHandle = claimOf(message.payload.from_handle);
  const before = conversation ??
    emptyConversation({ primary: peer, state: "request", nowMs: nowMs() });
  const hasNews = !before.contact && claimedHandle !== before.claimedHandle;
  const chain = withTold(before.chain, message.payload.chain);
  const heard = { ...before, claimedHandle, peerRelay: relayUrl, chain };
  const after = withMessage(heard, { message: record, isOwn: false });
  const unconfirmed = hasNews || !conversation ? peer : undefined;
  if (after.state === "request") {
    const invited = await invitedChanges(after, { changes, record, message, context });
    if (invited) return { ...invited, unconfirmed: peer };
    const { room, ...counts } = await roomForRequest(after, { record, ledger });
    changes.push(...room, { put: "conversation", conversation: { ...after, ...counts } });
    return { changes, unconfirmed };
  }
  changes.push({ put: "conversation", conversation: after });
  // What was read before this device knew the conversation, another one has acked. Later on that does not follow from a
  // read position: the message may have reached no other device yet.
  const isAcked = record.seenAtMs !== null && record.atMs < before.beganAtMs;
  if (isAcked || !isAckable(message.payload.body)) return { changes, unconfirmed };
  const entry = ackEntry(record, { ...context, eventId: event.id });
  changes.push({ put: "outbox", entry });
  return { changes, entries: [entry], unconfirmed };
}

/** A claim that can be asked about, in one spelling. Any other text could be of any length, and goes to the own devices. */
function claimOf(fromHandle: string | null): string | null {
  const claim = parseHandleInput(fromHandle ?? "");
  if (!claim) return null;
  return claim.server === null ? claim.handle : `${claim.handle}@${claim.server}`;
}

/** Whoever shows a code that was given out is accepted, with all that they wrote before; null for anybody else. */
async function invitedChanges(
  request: ConversationRecord,
  { changes, record, message, context }: Pick<
    NewMessage,
    "changes" | "record" | "message" | "context"
  >,
): Promise<Outcome | null> {
  const { event, ledger, nowMs } = context;
  const { primary } = request;
  const code = inviteCodeOf(message.payload);
  const used = await inviteChanges(code, { storage: ledger.storage, primary, nowMs: nowMs() });
  if (!used) return null;
  const ack = isAckable(record.body) ? [ackEntry(record, { ...context, eventId: event.id })] : [];
  const entries = [...await acceptanceEntries(primary, context), ...ack];
  const put = entries.map((entry): Change => ({ put: "outbox", entry }));
  const conversation = asAccepted(request);
  changes.push(...used, { put: "conversation", conversation }, ...put);
  return { changes, entries };
}

/** The same document in another event: its sender has not heard of us. It is acked again, not shown again. */
async function repeated(
  { payload }: Message,
  { event, relayUrl, ledger, conversation, isOwn, seen, ...context }: InboundContext & {
    conversation: ConversationRecord | null;
    isOwn: boolean;
    seen: Change;
  },
): Promise<Outcome> {
  if (isOwn || !conversation || !isAckable(payload.body)) return { changes: [seen] };
  if (conversation.state !== "request") {
    const name = { from: payload.from, id: payload.id, peer: payload.from };
    const entry = ackEntry(name, { ledger, ...context, eventId: event.id });
    const changes: Change[] = [seen, { put: "outbox", entry }];
    if (conversation.peerRelay !== relayUrl) {
      changes.push({ put: "conversation", conversation: { ...conversation, peerRelay: relayUrl } });
    }
    return { changes, entries: [entry] };
  }
  const known = await ledger.storage.message(payload);
  if (!known) return { changes: [seen] };
  const eventIds = [...known.eventIds, event.id].slice(-MAX_REQUEST_EVENTS);
  return { changes: [seen, { put: "message", message: { ...known, eventIds } }] };
}

/** Messages and self-copies of them are shown, unknown kinds too; what acts on other messages is not one. */
function isShownKind(
  body: MessageBody,
  { isOwn, eventKind }: { isOwn: boolean; eventKind: number },
): boolean {
  if (!isOwn && eventKind !== KIND.message) return false;
  return !isKnownBody(body) || isAckable(body);
}

function recordOf(
  message: Message,
  { event, relayUrl, ledger, peer, isOwn, digest, atMs }: InboundContext & {
    peer: string;
    isOwn: boolean;
    digest: string;
    atMs: number;
  },
): MessageRecord {
  const { id, from, body } = message.payload;
  return {
    ...MESSAGE_DEFAULTS,
    id,
    from,
    peer,
    body,
    atMs,
    arrival: ledger.nextArrival(),
    status: isOwn ? "sent" : null,
    failure: null,
    // The event of a self-copy is not the one that the peer acks.
    eventIds: isOwn ? [] : [event.id],
    isCopy: isOwn,
    relays: isOwn ? [] : [relayUrl],
    digest,
    bytes: utf8ToBytes(canonicalJson(message)).length,
  };
}
