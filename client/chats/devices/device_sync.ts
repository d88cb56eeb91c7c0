import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { isUserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import type { QuietMail } from "../outgoing/quiet_mail.ts";
import { untoldEventsOf } from "../outgoing/sent_events.ts";
import { isSyncDue, sharedOf, withAllShared } from "./sync_state.ts";

/** Tells the owner's other devices what is set and read on this one. */
export interface DeviceSync {
  /** Tells what a former session left, now and then everything, and from now on every change. Never rejects. */
  start(): Promise<void>;
  stop(): void;
}

/** What changes within this time is told at once. */
const DEBOUNCE_MS = 2_000;
const MIN_INTERVAL_MS = 10_000;
const RETRY_MS = 30_000;
/** Everything is told so often: relays forget after a month, and a device that is new then shall know it too. */
const FULL_EVERY_MS = 7 * 24 * 60 * 60 * 1000;
/** Conversations, and events of messages, in one message: some 20 KiB at most. */
const CHUNK_CONVERSATIONS = 40;
const CHUNK_EVENTS = 100;
const FULL_AT = "sync_full_at";

/** Syncs to the own devices. (docs/protocol.md, "Several devices") */
export function createDeviceSync(
  { ledger, outbox, quietMail, ownPrimary, environment, onFault }: {
    ledger: Ledger;
    outbox: Pick<Outbox, "add">;
    quietMail: QuietMail;
    ownPrimary: string;
    environment: Pick<RelayEnvironment, "setTimer" | "nowMs">;
    onFault(error: unknown): void;
  },
): DeviceSync {
  let isStopped = false;
  let isWaiting = false;
  let lastAtMs = -Infinity;
  let cancelTimer = () => {};
  let endFollowing = () => {};

  function schedule(delayMs: number): void {
    if (isWaiting || isStopped) return;
    isWaiting = true;
    const sinceLastMs = environment.nowMs() - lastAtMs;
    const waitMs = Math.max(delayMs, Math.min(MIN_INTERVAL_MS, MIN_INTERVAL_MS - sinceLastMs));
    cancelTimer = environment.setTimer(() => void flush(), waitMs);
  }

  async function flush(): Promise<void> {
    isWaiting = false;
    lastAtMs = environment.nowMs();
    await guarded(() => tell(ledger.conversations().filter(isSyncDue)));
  }

  async function guarded(task: () => Promise<void>): Promise<void> {
    try {
      await ledger.write(async () => {
        if (!isStopped) await task();
      });
    } catch (error) {
      if (isStopped) return;
      if (!isUserError(error, "storage_failed")) onFault(error);
      schedule(RETRY_MS);
    }
  }

  /** Tells these conversations, and of all of them the events that were not told yet. */
  async function tell(records: ConversationRecord[], more: Change[] = []): Promise<void> {
    const told = new Set(records.filter((record) => sharedOf(record) !== null));
    const shared = [...told].map(sharedOf);
    const all = ledger.conversations();
    const states = [
      ...chunksOf(shared, CHUNK_CONVERSATIONS).map((conversations) => ({ conversations })),
      ...chunksOf(all.flatMap(untoldEventsOf), CHUNK_EVENTS).map((sent) => ({ sent })),
    ];
    const entries = states.map((state) =>
      quietMail.entry({ peer: ownPrimary, body: { kind: "sync", state } })
    );
    const after = all.filter((each) => told.has(each) || hasUntold(each)).map((each) => ({
      ...(told.has(each) ? withAllShared(each) : each),
      untoldEvents: [],
    }));
    await ledger.commit([
      ...more,
      ...after.map((conversation): Change => ({ put: "conversation", conversation })),
      ...entries.map((entry): Change => ({ put: "outbox", entry })),
    ]);
    outbox.add(entries);
  }

  async function tellAll(): Promise<void> {
    const nowMs = environment.nowMs();
    const fullAtMs = await ledger.storage.value<number>(FULL_AT) ?? 0;
    if (Math.abs(nowMs - fullAtMs) < FULL_EVERY_MS) return;
    const all = ledger.conversations();
    // Who has nothing yet has nothing to tell: the first change says it.
    const isWorthIt = all.some(({ changedAtMs, last }) => changedAtMs > 0 || last !== null);
    if (isWorthIt) await tell(all, [{ put: "value", name: FULL_AT, value: nowMs }]);
  }

  function follow(changes: Change[]): void {
    const isSomethingDue = changes.some((change) =>
      "put" in change && change.put === "conversation" && isDue(change.conversation)
    );
    if (isSomethingDue) schedule(DEBOUNCE_MS);
  }

  return {
    async start() {
      endFollowing = ledger.onCommit(follow);
      await guarded(tellAll);
      if (ledger.conversations().some(isDue)) schedule(DEBOUNCE_MS);
    },
    stop() {
      isStopped = true;
      cancelTimer();
      endFollowing();
    },
  };
}

const hasUntold = ({ untoldEvents }: ConversationRecord) => untoldEvents.length > 0;

const isDue = (record: ConversationRecord) => isSyncDue(record) || hasUntold(record);

function chunksOf<T>(all: T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size));
  return chunks;
}
