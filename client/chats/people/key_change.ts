import { utf8ToBytes } from "../../../protocol/bytes.ts";
import { parseInstant } from "../../../protocol/instant.ts";
import { canonicalJson } from "../../../protocol/jcs.ts";
import { type Message, signMessage } from "../../../protocol/message.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord, OutboxEntry } from "../../storage/chat_records.ts";
import { UserError } from "../../user_error.ts";
import { acceptanceEntries, type Acking } from "../incoming/acks.ts";
import {
  asAccepted,
  compareOrder,
  emptyConversation,
} from "../conversation/conversation_changes.ts";
import type { Outbox } from "../outgoing/outbox.ts";

/** Identities that a conversation remembers to have had. */
const MAX_PREDECESSORS = 20;
const PAGE_MESSAGES = 500;

/**
 * Goes on with the identity that a handle has now: the messages move over to it, and where it changed is remembered. What
 * waited for the old identity is signed to the new one, and waits for a person's retry. Call it inside a write.
 * (Specification page 1, "Who is who")
 *
 * @param primary the identity that the owner was shown and has confirmed
 * @throws UserError `key_changed` where the registry has named another one since
 */
export async function acceptSuccessor(
  former: ConversationRecord,
  { primary, outbox, acking }: { primary: string; outbox: Outbox; acking: Acking },
): Promise<void> {
  const { ledger, nowMs } = acking;
  if (former.state !== "key_changed" || former.successor?.primary !== primary) {
    throw new UserError("key_changed");
  }
  const isTheirs = ({ peer, reader }: OutboxEntry) =>
    peer === former.primary && reader === former.primary;
  const waiting = (await ledger.storage.outbox()).filter(isTheirs);
  const renewed = await Promise.all(waiting.map((entry) => renew(entry, { primary, acking })));
  const known = ledger.conversation(primary) ??
    emptyConversation({ primary, state: "accepted", nowMs: nowMs() });
  const acks = await acceptanceEntries(primary, acking);
  const entries = [...acks, ...renewed.flatMap(({ entry }) => entry ?? [])];
  await ledger.commit([
    ...outbox.removal(isTheirs),
    ...await movedMessages(former.primary, { primary, acking }),
    // After the others: what is signed anew is not what has moved.
    ...renewed.flatMap(({ changes }) => changes),
    ...entries.map((entry): Change => ({ put: "outbox", entry })),
    { put: "conversation", conversation: succeed(former, known) },
    { delete: "conversation", primary: former.primary },
  ]);
  outbox.forget(isTheirs);
  outbox.add(entries);
}

/** What both conversations were, under the identity of the second. */
function succeed(former: ConversationRecord, known: ConversationRecord): ConversationRecord {
  const isFormerNewer = known.last === null ||
    (former.last !== null && compareOrder(known.last, former.last) < 0);
  const untilMs = former.last?.atMs ?? former.beganAtMs;
  const predecessors = [...former.predecessors, { primary: former.primary, untilMs }];
  return {
    ...asAccepted({ ...former, primary: known.primary }),
    contact: former.contact && { ...former.contact, relays: former.successor?.relays ?? [] },
    claimedHandle: known.claimedHandle,
    last: isFormerNewer ? former.last : known.last,
    unread: former.unread + known.unread,
    hasReplied: known.hasReplied,
    // Who was compared is gone.
    isVerified: false,
    peerRelay: known.peerRelay,
    peerNostr: known.peerNostr,
    listedRelays: known.listedRelays,
    profile: known.profile,
    successor: null,
    shared: known.shared,
    predecessors: predecessors.slice(-MAX_PREDECESSORS),
    inviteCode: known.inviteCode,
    chain: known.chain,
  };
}

async function movedMessages(
  former: string,
  { primary, acking: { ledger } }: { primary: string; acking: Acking },
): Promise<Change[]> {
  const moved: Change[] = [];
  let before: MessageRecord | undefined;
  for (;;) {
    const limit = PAGE_MESSAGES;
    const page: MessageRecord[] = await ledger.storage.newestMessages(former, { before, limit });
    moved.push(...page.map((message): Change => ({
      put: "message",
      message: { ...message, peer: primary },
    })));
    if (page.length < limit) return moved;
    before = page[0];
  }
}

/** A message that waits, to its new reader. Whatever else waits is nothing to the new one. */
async function renew(
  entry: OutboxEntry,
  { primary, acking: { ledger, identitySecret, nowMs } }: { primary: string; acking: Acking },
): Promise<{ entry: OutboxEntry | null; changes: Change[] }> {
  const known = entry.type === "message" ? await ledger.storage.message(entry) : null;
  if (!known) return { entry: null, changes: [] };
  const { id, from, from_handle: fromHandle, sent_at, body } = (entry.document as Message).payload;
  const letter = { id, from, fromHandle, to: primary, sentAtMs: parseInstant(sent_at)!, body };
  const document = signMessage(letter, identitySecret);
  const digest = await ledger.storage.digestOf(document);
  const bytes = utf8ToBytes(canonicalJson(document)).length;
  const unsent = { status: "failed" as const, failure: null, eventIds: [], digest, bytes };
  const signed = {
    peer: primary,
    reader: primary,
    document,
    sealed: null,
    isRefused: true,
    isSpare: false,
  };
  return {
    entry: { ...entry, ...signed },
    changes: [
      { put: "message", message: { ...known, peer: primary, ...unsent } },
      { put: "seen_message", from, id, digest, pool: from, atMs: nowMs() },
    ],
  };
}
