import { bytesToHex, utf8ToBytes } from "../../../protocol/bytes.ts";
import { MAX_SEALED_DOCUMENT_BYTES } from "../../../protocol/envelope.ts";
import { canonicalJson } from "../../../protocol/jcs.ts";
import { type Message, signMessage } from "../../../protocol/message.ts";
import type { ChainPin } from "../../../protocol/sigchain.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord, OutboxEntry } from "../../storage/chat_records.ts";
import { MESSAGE_DEFAULTS } from "../../storage/record_defaults.ts";
import { UserError } from "../../user_error.ts";
import { acceptanceEntries } from "../incoming/acks.ts";
import {
  asAccepted,
  emptyConversation,
  withMessage,
} from "../conversation/conversation_changes.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "./outbox.ts";

/** A signed message that is not yet queued, and how it is kept. */
export interface Draft {
  document: Message;
  record: MessageRecord;
  /** What is to be uploaded before the message leaves. */
  file?: Uint8Array;
}

/** What a message says, but for what it answers and how long it stays. */
export type Content = { kind: "text"; text: string } | AttachmentContent;

/** What an attachment says of its file. (Specification page 2) */
export interface AttachmentContent {
  kind: "attachment";
  url: string;
  sha256: string;
  key: string;
  nonce: string;
  name: string;
  mime: string;
  size: number;
  width?: number;
  height?: number;
  thumbhash?: string;
  duration_ms?: number;
  waveform?: string;
  caption?: string;
}

/** A message to a peer. */
export interface DraftWish {
  peer: string;
  content: Content;
  /** That of an attachment. */
  file?: Uint8Array;
  /** 32 hex; drawn where none is given. */
  id?: string;
  /** The id of the message that it answers. */
  replyTo?: string;
}

/** Makes own messages and queues them. */
export interface Outbound {
  /**
   * Signs a message to a peer; at once, and without a trace yet.
   *
   * @throws UserError `message_too_long`
   */
  draft(wish: DraftWish): Draft;
  /**
   * Writes the message and its place in the outbox to disk, in one transaction. To write to somebody is to accept them.
   * What was queued before stays as it is.
   *
   * @throws UserError `key_changed`, `storage_failed`
   */
  queue(draft: Draft): Promise<void>;
}

/** A clock that was set back by more is believed. */
const MAX_CORRECTION_MS = 1_000;

/** Messages of this account. */
export function createOutbound(
  { ledger, outbox, account, identitySecret, chainHead, randomBytes, nowMs }: {
    ledger: Ledger;
    outbox: Outbox;
    account: { primary: string; fqhn: string };
    identitySecret: Uint8Array;
    /** How far the own sigchain goes; null where there is none. */
    chainHead(): ChainPin | null;
    randomBytes(length: number): Uint8Array;
    nowMs(): number;
  },
): Outbound {
  let lastAtMs = 0;
  /** Readers sort by it: of two messages of one millisecond, or around a small step back of the clock, the second is later. */
  const nextAtMs = (): number => {
    const now = nowMs();
    lastAtMs = now <= lastAtMs && lastAtMs - now < MAX_CORRECTION_MS ? lastAtMs + 1 : now;
    return lastAtMs;
  };

  function draft(
    { peer, content, file, id = bytesToHex(randomBytes(16)), replyTo }: DraftWish,
  ): Draft {
    const words = content.kind === "text" ? content.text : content.caption ?? "";
    // Every character takes a byte or more: what is longer need not be signed to know.
    if (words.length > MAX_SEALED_DOCUMENT_BYTES) throw new UserError("message_too_long");
    const atMs = nextAtMs();
    const from = account.primary;
    const timerS = ledger.conversation(peer)?.timerS ?? null;
    const body = {
      ...content,
      ...(replyTo === undefined ? {} : { reply_to: replyTo }),
      ...(timerS === null ? {} : { expires_in: timerS }),
    };
    const invite = ledger.conversation(peer)?.inviteCode ?? undefined;
    const chain = chainHead() ?? undefined;
    const document = signMessage(
      { id, from, fromHandle: account.fqhn, to: peer, sentAtMs: atMs, body, invite, chain },
      identitySecret,
    );
    const bytes = utf8ToBytes(canonicalJson(document)).length;
    if (bytes > MAX_SEALED_DOCUMENT_BYTES) throw new UserError("message_too_long");
    const arrival = ledger.nextArrival();
    const unsent = { status: "sending" as const, failure: null, eventIds: [], digest: "" };
    const record = { ...MESSAGE_DEFAULTS, id, from, peer, body, atMs, arrival, bytes, ...unsent };
    return { document, record, file };
  }

  async function changesOf(made: Draft) {
    const { document, record, file } = made;
    const { peer, from, id } = record;
    const known = ledger.conversation(peer);
    if (known?.state === "key_changed") throw new UserError("key_changed");
    const before = known ?? emptyConversation({ primary: peer, state: "accepted", nowMs: nowMs() });
    const acking = { ledger, identitySecret, nowMs };
    const acks = before.state === "request" ? await acceptanceEntries(peer, acking) : [];
    const digest = await ledger.storage.digestOf(document);
    const message = { ...record, digest };
    const after = withMessage(asAccepted(before), { message, isOwn: true });
    const conversation = { ...after, inviteCode: null };
    const entries = [...acks, entryOf(made)];
    const changes: Change[] = [
      { put: "message", message },
      { put: "seen_message", from, id, digest, pool: account.primary, atMs: nowMs() },
      { put: "conversation", conversation },
      ...(file ? [{ put: "file" as const, from, id, bytes: file, cachedAtMs: null }] : []),
      ...entries.map((entry): Change => ({ put: "outbox", entry })),
    ];
    return { entries, changes };
  }

  function entryOf({ document, record, file }: Draft): OutboxEntry {
    const { from, id, peer, arrival, atMs } = record;
    return {
      type: peer === account.primary ? "copy" : "message",
      from,
      id,
      peer,
      reader: peer,
      document,
      order: arrival,
      queuedAtMs: atMs,
      sealed: null,
      isRefused: false,
      ...(file ? { isHeld: true } : {}),
    };
  }

  return {
    draft,
    async queue(made) {
      await ledger.write(async () => {
        if (await ledger.storage.message(made.record)) return;
        const { changes, entries } = await changesOf(made);
        await ledger.commit(changes);
        outbox.add(entries);
      });
    },
  };
}
