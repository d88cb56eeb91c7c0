import { createNamedTimers } from "../../relays/named_timers.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { isUserError } from "../../user_error.ts";
import { isAckable } from "../incoming/acks.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import type { Preferences } from "../preferences.ts";
import type { QuietMail } from "../outgoing/quiet_mail.ts";
import { withAllRead } from "./read_state.ts";

/** Reading, and telling contacts of it. */
export interface Receipts {
  /** The owner has seen everything, or all that stands up to `toMs`. @throws UserError `storage_failed` */
  markRead(primary: string, toMs?: number): Promise<void>;
  /** Tells what a former session left. */
  start(): void;
  stop(): void;
}

/** What is read within this time is told at once. */
const BATCH_MS = 1_500;
const RETRY_MS = 30_000;
/** Ids in one receipt, some 18 KiB. */
const MAX_TARGETS = 500;
/** Who comes back to more than that has not read it all. */
const MAX_DUE = 2_000;

/**
 * Read receipts to accepted contacts, where the owner wants them; what a request says is told of only once it is accepted.
 * What has to be told is on disk with the reading itself. (docs/protocol.md, "Read receipts")
 */
export function createReceipts(
  { ledger, outbox, quietMail, ownPrimary, preferences, environment, onFault }: {
    ledger: Ledger;
    outbox: Pick<Outbox, "add">;
    quietMail: QuietMail;
    ownPrimary: string;
    preferences: Preferences;
    environment: Pick<RelayEnvironment, "setTimer" | "nowMs">;
    onFault(error: unknown): void;
  },
): Receipts {
  const timers = createNamedTimers(environment);
  const waiting = new Set<string>();
  let isStopped = false;

  const isSelf = (primary: string) => primary === ownPrimary;
  const isDue = ({ primary, state, receiptsDue }: ConversationRecord) =>
    receiptsDue.length > 0 && state === "accepted" && !isSelf(primary);

  function schedule(primary: string, delayMs: number): void {
    if (waiting.has(primary)) return;
    waiting.add(primary);
    timers.set(primary, { delayMs, callback: () => void flush(primary) });
  }

  async function flush(primary: string): Promise<void> {
    waiting.delete(primary);
    try {
      await ledger.write(() => tell(primary));
    } catch (error) {
      if (isStopped) return;
      if (!isUserError(error, "storage_failed")) onFault(error);
      schedule(primary, RETRY_MS);
    }
  }

  async function tell(primary: string): Promise<void> {
    const conversation = ledger.conversation(primary);
    if (isStopped || !conversation || !isDue(conversation)) return;
    const { receiptsDue } = conversation;
    const targets = preferences.current.readReceipts ? receiptsDue.slice(0, MAX_TARGETS) : [];
    const left = targets.length === 0 ? [] : receiptsDue.slice(MAX_TARGETS);
    const body = { kind: "receipt", status: "read", targets };
    const entries = targets.length === 0 ? [] : [quietMail.entry({ peer: primary, body })];
    await ledger.commit([
      { put: "conversation", conversation: { ...conversation, receiptsDue: left } },
      ...entries.map((entry): Change => ({ put: "outbox", entry })),
    ]);
    outbox.add(entries);
  }

  function follow(changes: Change[]): void {
    for (const change of changes) {
      if (!("put" in change) || change.put !== "conversation") continue;
      if (isDue(change.conversation)) schedule(change.conversation.primary, BATCH_MS);
    }
  }

  async function markNow(primary: string, toMs?: number): Promise<void> {
    const current = ledger.conversation(primary);
    if (!current || (current.unread === 0 && !current.isMarkedUnread)) return;
    const nowMs = environment.nowMs();
    const { conversation, changes, seen } = await withAllRead(current, { ledger, toMs, nowMs });
    const told = preferences.current.readReceipts && !isSelf(primary) ? seen : [];
    const ids = told.filter(({ body }) => isAckable(body)).map(({ id }) => id);
    const receiptsDue = [...conversation.receiptsDue, ...ids].slice(-MAX_DUE);
    await ledger.commit([
      ...changes,
      { put: "conversation", conversation: { ...conversation, receiptsDue } },
    ]);
  }

  const endFollowing = ledger.onCommit(follow);
  return {
    markRead: (primary, toMs) => ledger.write(() => markNow(primary, toMs)),
    start() {
      for (const conversation of ledger.conversations()) {
        if (isDue(conversation)) schedule(conversation.primary, 0);
      }
    },
    stop() {
      isStopped = true;
      timers.stop();
      endFollowing();
    },
  };
}
