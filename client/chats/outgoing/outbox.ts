import { MAX_MESSAGE_AGE_MS } from "../../../protocol/message.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import { isUserError } from "../../user_error.ts";
import type { Delivery, Routes } from "./delivery.ts";
import { createFreshSealing, type Seal } from "./fresh_sealing.ts";
import type { Ledger } from "../ledger.ts";
import { copyFor, entryKey, entryRemoval, isShown } from "./outbox_entries.ts";
import { createOutboxQueue } from "./outbox_queue.ts";
import { leftChanges, type OutboxStatus, statusChanges } from "./outbox_status.ts";

/** How an entry left; `by` is null where nobody said which relay took it. */
type Taken = { by: string | null; isSpare: boolean };

const ARRIVED: Taken = { by: null, isSpare: false };

/** What waits for a relay. Everything in it is on disk first. */
export interface Outbox {
  /** Takes what a former session left. */
  start(): Promise<void>;
  /** Takes entries that have just been committed. */
  add(entries: OutboxEntry[]): void;
  /** Tries a failed message again. */
  retry(name: { from: string; id: string }): Promise<void>;
  /** What waits for its file to be uploaded; null for nothing. */
  held(name: { from: string; id: string }): OutboxEntry | null;
  /** Lets go of what a commit deletes; pass the changes returned to that commit. */
  removal(matches: (entry: OutboxEntry) => boolean): Change[];
  /** Forgets entries whose removal was committed. */
  forget(matches: (entry: OutboxEntry) => boolean): void;
  /** The network, a relay or a contact's address may be back: tries everything at once. */
  kick(): void;
  stop(): void;
}

/**
 * The queue of messages, quiet mail, self-copies and acks. Entries to one reader leave in their order; a message is `sent` when the
 * first relay took it, and only then is its copy sent to the own devices.
 *
 * @param onStuck a contact cannot be reached: its address may have changed
 * @param onHeld an entry waits for its file, and it is time to upload it; add it once it need not wait any more
 * @param onFault an entry failed for a reason that no relay and no disk gave; it is not tried on
 */
export function createOutbox(
  { ledger, environment, delivery, account, seal, onStuck, onHeld, onFault }: {
    ledger: Ledger;
    environment: RelayEnvironment;
    delivery: Delivery;
    account: { primary: string };
    seal: Seal;
    onStuck(primary: string): void;
    onHeld(entry: OutboxEntry): void;
    onFault(error: unknown): void;
  },
): Outbox {
  const ownPrimary = account.primary;
  const nowMs = () => environment.nowMs();
  const queue = createOutboxQueue({
    environment,
    ownPrimary,
    attempt: attemptSafely,
    onHeld,
    onLate: (entry) => void showFailed(entry),
  });
  const isLeft = (entry: OutboxEntry) => !queue.isStopped && queue.get(entryKey(entry)) !== null;
  const withFreshSealing = createFreshSealing({
    ...{ ledger, account, seal, nowMs, isLeft },
    onSealed: queue.replace,
  });

  async function attemptSafely(key: string): Promise<boolean> {
    try {
      return await attempt(key);
    } catch (error) {
      // The disk did not take it: nothing has changed, and the same is tried again later.
      if (isUserError(error, "storage_failed")) return false;
      onFault(error);
      return await giveUp(key);
    }
  }

  async function giveUp(key: string): Promise<boolean> {
    try {
      await ledger.write(() => refuse(key, null));
    } catch (error) {
      if (isUserError(error, "storage_failed")) return false;
      onFault(error);
    }
    return true;
  }

  async function attempt(key: string): Promise<boolean> {
    const queued = queue.get(key);
    if (!queued) return true;
    // Every reader refuses it.
    if (nowMs() - queued.queuedAtMs > MAX_MESSAGE_AGE_MS) {
      await ledger.write(() => refuse(key, null));
      return true;
    }
    const isGone = await isRemoved(queued);
    if (isGone || await hasArrived(queued)) {
      await ledger.write(() => isGone || queued.isSpare ? letGo(key) : finish(key, ARRIVED));
      return true;
    }
    // Not `queued`: somebody may have asked for it meanwhile.
    if (queue.get(key)?.isRefused) return true;
    const routes = delivery.routesOf(queued);
    if (routes.targets.length === 0) {
      onStuck(queued.peer);
      return false;
    }
    const entry = await withFreshSealing(queued, routes);
    if (!entry?.sealed || queue.isStopped) return entry === null;
    const onAlsoTaken = (url: string) => void noteTaken(entry, url);
    const delivered = await delivery.deliver(entry, { ...entry.sealed, routes, onAlsoTaken });
    if (queue.isStopped) return false;
    if (delivered.type === "refused" && hasNewWay(entry, routes)) return false;
    if (delivered.type === "taken") {
      await ledger.write(() => finish(key, delivered));
      if (delivered.isSpare) onStuck(queued.peer);
    } else if (delivered.type === "refused") await ledger.write(() => refuse(key, delivered.words));
    return delivered.type !== "away";
  }

  /** What the reader has acked needs no other way to it: a relay that gave no answer, or refused it later, had kept it. */
  async function hasArrived({ type, from, id }: OutboxEntry): Promise<boolean> {
    const message = type === "message" ? await ledger.storage.message({ from, id }) : null;
    return message?.status === "delivered" || message?.status === "read";
  }

  /** What is not on this device any more does not leave it either. */
  async function isRemoved({ type, from, id }: OutboxEntry): Promise<boolean> {
    return type === "message" && await ledger.storage.message({ from, id }) === null;
  }

  /** A relay has refused its author, and takes the own key perhaps. */
  function hasNewWay(entry: OutboxEntry, tried: Routes): boolean {
    return delivery.routesOf(entry).ownKey.difference(tried.ownKey).size > 0;
  }

  async function letGo(key: string): Promise<void> {
    const entry = queue.get(key);
    if (!entry) return;
    await ledger.commit([entryRemoval(entry)]);
    queue.drop(key);
  }

  /** One that only an own relay took is tried on beside those that come after it. */
  async function finish(key: string, { by, isSpare }: Taken): Promise<void> {
    const entry = queue.get(key);
    if (!entry) return;
    const isOfBoth = entry.type === "message" || entry.type === "quiet";
    const isCopied = isOfBoth && entry.reader !== ownPrimary && !entry.isSpare;
    const copies = isCopied ? [copyFor(ownPrimary, { entry, order: ledger.nextArrival() })] : [];
    const spared: OutboxEntry[] = isSpare ? [{ ...entry, isSpare }] : [];
    await ledger.commit([
      ...(isSpare ? [] : [entryRemoval(entry)]),
      ...[...spared, ...copies].map((one): Change => ({ put: "outbox", entry: one })),
      ...await leftOf(entry, by),
    ]);
    queue.drop(key);
    [...spared, ...copies].forEach(queue.take);
  }

  async function noteTaken(entry: OutboxEntry, takenBy: string): Promise<void> {
    try {
      await ledger.write(async () => ledger.commit(await statusOf(entry, "sent", { takenBy })));
    } catch (error) {
      // It is on its way all the same.
      if (!isUserError(error, "storage_failed")) onFault(error);
    }
  }

  /**
   * Takes an entry out of its lane. One that people see waits for a retry, with the relay's words where there are any;
   * one that relays refused, for the next kick: a relay may change its mind, and an ack is due until one took it.
   */
  async function refuse(key: string, words: string | null): Promise<void> {
    const entry = queue.get(key);
    if (!entry) return;
    const isDue = isShown(entry, ownPrimary) || words !== null;
    if (!isDue || entry.isSpare) return await letGo(key);
    const refused = { ...entry, isRefused: true };
    await ledger.commit([
      { put: "outbox", entry: refused },
      ...await statusOf(entry, "failed", { failure: words }),
    ]);
    queue.rest(refused);
    if (words !== null && entry.peer !== ownPrimary) onStuck(entry.peer);
  }

  async function showFailed(entry: OutboxEntry): Promise<void> {
    try {
      await ledger.write(async () => {
        if (!isLeft(entry)) return;
        await ledger.commit(await statusOf(entry, "failed"));
        if (entry.peer !== ownPrimary) onStuck(entry.peer);
      });
    } catch (error) {
      if (!isUserError(error, "storage_failed")) onFault(error);
      // Where the disk does not take it, it is said later.
      else if (isLeft(entry)) queue.watch(entry);
    }
  }

  async function statusOf(
    entry: OutboxEntry,
    status: OutboxStatus,
    how: { failure?: string | null; takenBy?: string | null } = {},
  ): Promise<Change[]> {
    if (!isShown(entry, ownPrimary)) return [];
    return await statusChanges(entry, { ledger, status, ...how, nowMs: nowMs() });
  }

  async function leftOf(entry: OutboxEntry, takenBy: string | null): Promise<Change[]> {
    if (entry.type !== "message") return await statusOf(entry, "sent", { takenBy });
    return await leftChanges(entry, { ledger, takenBy, nowMs: nowMs() });
  }

  return {
    async start() {
      for (const entry of await ledger.storage.outbox()) queue.takeOld(entry);
    },
    add: (added) => added.forEach(queue.take),
    retry: ({ from, id }) =>
      ledger.write(async () => {
        const entry = queue.all().find((one) =>
          isShown(one, ownPrimary) && one.from === from && one.id === id
        );
        if (!entry) return;
        delivery.askAgain();
        const waiting = { ...entry, isRefused: false };
        const changes = await statusOf(entry, "sending");
        await ledger.commit([{ put: "outbox", entry: waiting }, ...changes]);
        queue.again(waiting);
      }),
    held: ({ from, id }) =>
      queue.all().find((one) => one.isHeld && one.from === from && one.id === id) ?? null,
    removal: (matches) => queue.all().filter(matches).map(entryRemoval),
    forget: (matches) => queue.all().filter(matches).map(entryKey).forEach(queue.drop),
    kick: queue.kick,
    stop: queue.stop,
  };
}
