import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";
import { isUserError } from "../user_error.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { QuietMail } from "./quiet_mail.ts";
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
/** Conversations in one message, some 20 KiB at most. */
const CHUNK = 40;
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

  async function tell(records: ConversationRecord[], more: Change[] = []): Promise<void> {
    const told = records.filter((record) => sharedOf(record) !== null);
    const entries = chunksOf(told).map((chunk) => {
      const body = { kind: "sync", state: { conversations: chunk.map(sharedOf) } };
      return quietMail.entry({ peer: ownPrimary, body });
    });
    await ledger.commit([
      ...more,
      ...told.map((each): Change => ({ put: "conversation", conversation: withAllShared(each) })),
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
    const isDue = changes.some((change) =>
      "put" in change && change.put === "conversation" && isSyncDue(change.conversation)
    );
    if (isDue) schedule(DEBOUNCE_MS);
  }

  return {
    async start() {
      endFollowing = ledger.onCommit(follow);
      await guarded(tellAll);
      if (ledger.conversations().some(isSyncDue)) schedule(DEBOUNCE_MS);
    },
    stop() {
      isStopped = true;
      cancelTimer();
      endFollowing();
    },
  };
}

function chunksOf<T>(all: T[]): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < all.length; at += CHUNK) chunks.push(all.slice(at, at + CHUNK));
  return chunks;
}
