import * as v from "valibot";
import { isHex } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { isPrimary } from "../../protocol/identity.ts";
import { type MessageBody, parseMessageBody } from "../../protocol/message_body.ts";
import type { ConversationRecord, MessageRecord } from "../storage/chat_records.ts";
import { completeConversation, completeMessage } from "../storage/record_defaults.ts";
import { UserError } from "../user_error.ts";
import { type FilePart, MAX_PART_CHARS } from "./file_parts.ts";

/** One value of a backup. The first is the account; conversations come before messages, these before their files. (docs/backup.md) */
export type BackupEntry =
  | { account: { primary: string; handle: string; server: string }; madeAtMs: number }
  | { conversation: ConversationRecord }
  | { message: MessageRecord }
  | { file: FilePart }
  | { setting: { name: string; value: unknown } };

const MAX_LIST = 1_000;
const MAX_HANDLE_CHARACTERS = 320;
const primary = v.pipe(v.string(), v.check(isPrimary));
/** A date of a later moment cannot be shown, nor counted on from. (ECMA-262, "Time Values and Time Range") */
const LAST_MS = 8.64e15;
const MAX_NICKNAME_CHARACTERS = 256;
const timeMs = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LAST_MS));
const optionalTimeMs = v.optional(v.nullable(timeMs));
const order = { atMs: timeMs, arrival: timeMs };
const status = v.picklist(["sending", "sent", "delivered", "read", "failed"]);
const texts = v.pipe(v.array(v.string()), v.maxLength(MAX_LIST));

const Body = v.custom<MessageBody>(isMessageBody);
const Message = v.looseObject({
  ...order,
  id: v.pipe(v.string(), v.check((text) => isHex(text, 16))),
  from: primary,
  peer: primary,
  body: Body,
  status: v.nullable(status),
  failure: v.nullable(v.string()),
  eventIds: texts,
  isCopy: v.optional(v.boolean()),
  digest: v.string(),
  bytes: timeMs,
  relays: v.optional(texts),
  reactions: v.optional(
    v.pipe(
      v.array(v.looseObject({ from: primary, emoji: v.string(), atMs: timeMs })),
      v.maxLength(MAX_LIST),
    ),
  ),
  edit: v.optional(v.nullable(v.looseObject({ text: v.string(), atMs: timeMs }))),
  deletedAtMs: optionalTimeMs,
  seenAtMs: optionalTimeMs,
  expiresAtMs: optionalTimeMs,
});
const Conversation = v.looseObject({
  primary,
  state: v.picklist(["accepted", "request", "blocked", "key_changed"]),
  contact: v.nullable(v.looseObject({ handle: v.string(), server: v.string(), relays: texts })),
  claimedHandle: v.nullable(v.pipe(v.string(), v.maxLength(MAX_HANDLE_CHARACTERS))),
  beganAtMs: timeMs,
  unread: timeMs,
  hasReplied: v.boolean(),
  isStranger: v.optional(v.boolean()),
  nickname: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(MAX_NICKNAME_CHARACTERS)))),
  draft: v.optional(v.string()),
  timerS: optionalTimeMs,
  changedAtMs: v.optional(timeMs),
  timerAtMs: v.optional(timeMs),
  isTimerUntold: v.optional(v.boolean()),
  readToMs: v.optional(timeMs),
  readElsewhereToMs: v.optional(timeMs),
  receiptsDue: v.optional(v.array(v.string())),
  earlyReceipts: v.optional(texts),
  untoldEvents: v.optional(
    v.pipe(
      v.array(v.looseObject({ id: v.string(), eventId: v.string() })),
      v.maxLength(MAX_LIST),
    ),
  ),
  peerRelay: v.optional(v.nullable(v.string())),
  peerNostr: v.optional(v.nullable(v.pipe(v.string(), v.check((text) => isHex(text, 32))))),
  listedRelays: v.optional(v.nullable(v.looseObject({ urls: texts, createdAtS: timeMs }))),
  shared: v.optional(
    v.looseObject({ changedAtMs: timeMs, timerAtMs: timeMs, readToMs: timeMs }),
  ),
  successor: v.optional(v.nullable(v.looseObject({ primary, relays: texts }))),
  predecessors: v.optional(
    v.pipe(v.array(v.looseObject({ primary, untilMs: timeMs })), v.maxLength(MAX_LIST)),
  ),
});
const File = v.object({
  from: primary,
  id: v.pipe(v.string(), v.check((text) => isHex(text, 16))),
  bytes: v.pipe(v.string(), v.maxLength(MAX_PART_CHARS)),
  isLast: v.boolean(),
});
const Account = v.looseObject({ primary, handle: v.string(), server: v.string() });
const Entry = v.union([
  v.looseObject({ account: Account, madeAtMs: timeMs }),
  v.looseObject({ conversation: Conversation }),
  v.looseObject({ message: Message }),
  v.looseObject({ file: File }),
  v.looseObject({ setting: v.object({ name: v.string(), value: v.unknown() }) }),
]);

/**
 * Checks a value of a backup; what an earlier version did not write is completed.
 *
 * @throws UserError `backup_damaged`
 */
export function parseEntry(value: unknown): BackupEntry {
  const result = v.safeParse(Entry, value);
  if (!result.success) throw new UserError("backup_damaged");
  const entry = result.output as unknown as BackupEntry;
  if ("conversation" in entry) return { conversation: completeConversation(entry.conversation) };
  if ("message" in entry) return { message: completeMessage(entry.message) };
  return entry;
}

function isMessageBody(value: unknown): boolean {
  try {
    parseMessageBody(value);
    return true;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
