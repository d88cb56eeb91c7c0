import { MAX_MESSAGE_AGE_MS } from "../../protocol/message.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { createDeliveryLane, type DeliveryLane } from "../relays/delivery_lane.ts";
import { createNamedTimers } from "../relays/named_timers.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { OutboxEntry } from "../storage/chat_records.ts";
import { isUserError } from "../user_error.ts";
import type { Delivery, Routes } from "./delivery.ts";
import type { Ledger } from "./ledger.ts";
import { leftChanges, type OutboxStatus, statusChanges } from "./outbox_status.ts";
import { MAX_EVENT_IDS } from "./sent_events.ts";

/** A message that no relay took within this time shows as failed, and is tried on. (Specification page 2, "Status") */
const FAILED_AFTER_MS = 30_000;
/** A sealing older than this is made afresh before it is tried again. */
const SEALING_VALID_MS = 10 * 60 * 1000;
/** What goes to the own devices leaves so long after what went to the peer: side by side they would show the relay who writes to whom. */
const MIN_COPY_DELAY_MS = 1_000;
const MAX_COPY_DELAY_MS = 4_000;

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
 * @param seal seals an entry's document to its reader, with a fresh `created_at`, and a one-time key where not `isOwnKey`
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
    seal(
      entry: OutboxEntry,
      options: { kind: typeof KIND.message | typeof KIND.quiet; isOwnKey: boolean },
    ): Promise<NostrEvent>;
    onStuck(primary: string): void;
    onHeld(entry: OutboxEntry): void;
    onFault(error: unknown): void;
  },
): Outbox {
  const entries = new Map<string, OutboxEntry>();
  const lanes = new Map<string, DeliveryLane<string>>();
  const failTimers = createNamedTimers(environment);
  const copyTimers = createNamedTimers(environment);
  let nextCopyAtMs = 0;
  let isStopped = false;

  const isSelf = (primary: string) => primary === account.primary;
  /** A note to self is its own message: people see how its one copy fares. */
  const isShown = ({ type, peer }: OutboxEntry) =>
    type === "message" || (type === "copy" && isSelf(peer));

  function laneOf({ reader, isSpare = false }: OutboxEntry): DeliveryLane<string> {
    const name = isSpare ? `spare ${reader}` : reader;
    const lane = lanes.get(name) ?? createDeliveryLane({ environment, attempt: attemptSafely });
    lanes.set(name, lane);
    return lane;
  }

  function take(entry: OutboxEntry): void {
    if (isStopped) return;
    const key = keyOf(entry);
    const isKnown = entries.has(key);
    entries.set(key, entry);
    const lane = laneOf(entry);
    if (isKnown && lane.has(key)) return;
    // Only looked at: it may have arrived all the same. It is sent again by hand.
    if (entry.isRefused) return entry.type === "message" ? lane.add(key) : undefined;
    if (entry.isHeld) return onHeld(entry);
    if (isSelf(entry.reader) && !isShown(entry)) {
      return copyTimers.set(key, { delayMs: copyDelayMs(), callback: () => lane.add(key) });
    }
    lane.add(key);
    if (isShown(entry) && !entry.isSpare) startFailTimer(entry);
  }

  /** A random wait, never shorter than that of the copy before it. */
  function copyDelayMs(): number {
    const nowMs = environment.nowMs();
    const range = MAX_COPY_DELAY_MS - MIN_COPY_DELAY_MS;
    const drawnMs = MIN_COPY_DELAY_MS + range * environment.random();
    const delayMs = Math.min(MAX_COPY_DELAY_MS, Math.max(drawnMs, nextCopyAtMs - nowMs));
    nextCopyAtMs = nowMs + delayMs;
    return delayMs;
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    laneOf(entry).remove(key);
    failTimers.cancel(key);
    copyTimers.cancel(key);
  }

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
    const queued = entries.get(key);
    if (!queued) return true;
    // Every reader refuses it.
    if (environment.nowMs() - queued.queuedAtMs > MAX_MESSAGE_AGE_MS) {
      await ledger.write(() => refuse(key, null));
      return true;
    }
    const isGone = await isRemoved(queued);
    if (isGone || await hasArrived(queued)) {
      await ledger.write(() => isGone || queued.isSpare ? letGo(key) : finish(key, ARRIVED));
      return true;
    }
    // Not `queued`: somebody may have asked for it meanwhile.
    if (entries.get(key)?.isRefused) return true;
    const routes = delivery.routesOf(queued);
    if (routes.targets.length === 0) {
      onStuck(queued.peer);
      return false;
    }
    const entry = await withFreshSealing(key, { entry: queued, routes });
    if (!entry?.sealed || isStopped) return entry === null;
    const onAlsoTaken = (url: string) => void noteTaken(entry, url);
    const delivered = await delivery.deliver(entry, { ...entry.sealed, routes, onAlsoTaken });
    if (isStopped) return false;
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

  async function letGo(key: string): Promise<void> {
    const entry = entries.get(key);
    if (!entry) return;
    await ledger.commit([removalOf(entry)]);
    drop(key);
  }

  /** A relay has refused its author, and takes the own key perhaps. */
  function hasNewWay(entry: OutboxEntry, tried: Routes): boolean {
    return delivery.routesOf(entry).ownKey.difference(tried.ownKey).size > 0;
  }

  /** The entry with events fit to be published, their ids kept before anybody can answer them; null if it is gone. */
  async function withFreshSealing(
    key: string,
    { entry, routes }: { entry: OutboxEntry; routes: Routes },
  ): Promise<OutboxEntry | null> {
    const nowMs = environment.nowMs();
    const made: NostrEvent[] = [];
    async function make(isOwnKey: boolean): Promise<NostrEvent> {
      const kind = entry.type === "message" ? KIND.message : KIND.quiet;
      const event = await seal(entry, { kind, isOwnKey });
      made.push(event);
      return event;
    }
    const isFresh = entry.sealed && nowMs - entry.sealed.atMs < SEALING_VALID_MS;
    let sealing = isFresh ? entry.sealed! : { event: await make(false), atMs: nowMs };
    if (routes.ownKey.size > 0 && !sealing.ownKeyEvent) {
      sealing = { ...sealing, ownKeyEvent: await make(true) };
    }
    if (made.length === 0) return entry;
    const ids = made.map(({ id }) => id);
    return await ledger.write(async () => {
      if (isStopped || !entries.has(key)) return null;
      const sealed: OutboxEntry = { ...entry, sealed: sealing };
      const changes: Change[] = [{ put: "outbox", entry: sealed }];
      if (entry.type === "message") {
        const message = await ledger.storage.message(entry);
        if (!message) return null;
        const eventIds = [...message.eventIds, ...ids].slice(-MAX_EVENT_IDS);
        changes.push({ put: "message", message: { ...message, eventIds } });
      } else if (isSelf(entry.reader)) {
        const pool = account.primary;
        for (const eventId of ids) changes.push({ put: "seen_event", eventId, pool, atMs: nowMs });
      }
      await ledger.commit(changes);
      entries.set(key, sealed);
      return sealed;
    });
  }

  /** One that only an own relay took is tried on beside those that come after it. */
  async function finish(key: string, { by, isSpare }: Taken): Promise<void> {
    const entry = entries.get(key);
    if (!entry) return;
    const isCopied = (entry.type === "message" || entry.type === "quiet") && !isSelf(entry.reader);
    const copies = isCopied && !entry.isSpare ? [copyOf(entry)] : [];
    const spared: OutboxEntry[] = isSpare ? [{ ...entry, isSpare }] : [];
    await ledger.commit([
      ...(isSpare ? [] : [removalOf(entry)]),
      ...[...spared, ...copies].map((one): Change => ({ put: "outbox", entry: one })),
      ...await leftOf(entry, by),
    ]);
    drop(key);
    [...spared, ...copies].forEach(take);
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
    const entry = entries.get(key);
    if (!entry) return;
    const isDue = isShown(entry) || words !== null;
    if (!isDue || entry.isSpare) return await letGo(key);
    const refused = { ...entry, isRefused: true };
    await ledger.commit([
      { put: "outbox", entry: refused },
      ...await statusOf(entry, "failed", { failure: words }),
    ]);
    failTimers.cancel(key);
    entries.set(key, refused);
    if (words !== null && !isSelf(entry.peer)) onStuck(entry.peer);
  }

  /** What nobody sees fail nobody tries again by hand. */
  const askedAgain = (entry: OutboxEntry): OutboxEntry =>
    isShown(entry) ? entry : { ...entry, isRefused: false };

  async function statusOf(
    entry: OutboxEntry,
    status: OutboxStatus,
    how: { failure?: string | null; takenBy?: string | null } = {},
  ): Promise<Change[]> {
    if (!isShown(entry)) return [];
    return await statusChanges(entry, { ledger, status, ...how, nowMs: environment.nowMs() });
  }

  async function leftOf(entry: OutboxEntry, takenBy: string | null): Promise<Change[]> {
    if (entry.type !== "message") return await statusOf(entry, "sent", { takenBy });
    return await leftChanges(entry, { ledger, takenBy, nowMs: environment.nowMs() });
  }

  function copyOf(entry: OutboxEntry): OutboxEntry {
    const order = ledger.nextArrival();
    const reader = account.primary;
    return {
      ...entry,
      type: "copy",
      reader,
      order,
      sealed: null,
      isRefused: false,
      isSpare: false,
    };
  }

  function startFailTimer(entry: OutboxEntry): void {
    const callback = () => void showFailed(entry);
    failTimers.set(keyOf(entry), { delayMs: FAILED_AFTER_MS, callback });
  }

  async function showFailed(entry: OutboxEntry): Promise<void> {
    const isLeft = () => !isStopped && entries.has(keyOf(entry));
    try {
      await ledger.write(async () => {
        if (!isLeft()) return;
        await ledger.commit(await statusOf(entry, "failed"));
        if (!isSelf(entry.peer)) onStuck(entry.peer);
      });
    } catch (error) {
      if (!isUserError(error, "storage_failed")) onFault(error);
      // Where the disk does not take it, it is said later.
      else if (isLeft()) startFailTimer(entry);
    }
  }

  return {
    async start() {
      for (const entry of await ledger.storage.outbox()) take(askedAgain(entry));
    },
    add: (added) => added.forEach(take),
    retry: ({ from, id }) =>
      ledger.write(async () => {
        const entry = [...entries.values()].find((one) =>
          isShown(one) && one.from === from && one.id === id
        );
        if (!entry) return;
        delivery.askAgain();
        const waiting = { ...entry, isRefused: false };
        const changes = await statusOf(entry, "sending");
        await ledger.commit([{ put: "outbox", entry: waiting }, ...changes]);
        take(waiting);
        if (waiting.isHeld) return;
        startFailTimer(waiting);
        laneOf(entry).kick();
      }),
    held: ({ from, id }) =>
      [...entries.values()].find((one) => one.isHeld && one.from === from && one.id === id) ?? null,
    removal: (matches) => [...entries.values()].filter(matches).map(removalOf),
    forget(matches) {
      for (const [key, entry] of [...entries]) if (matches(entry)) drop(key);
    },
    kick() {
      for (const entry of [...entries.values()]) {
        // A copy that is not refused waits for its time.
        const mayGo = entry.isRefused || entry.isHeld || !isSelf(entry.reader);
        if (mayGo && !laneOf(entry).has(keyOf(entry))) take(askedAgain(entry));
      }
      for (const lane of lanes.values()) lane.kick();
    },
    stop() {
      isStopped = true;
      for (const lane of lanes.values()) lane.stop();
      failTimers.stop();
      copyTimers.stop();
    },
  };
}

function keyOf({ type, from, id }: Pick<OutboxEntry, "type" | "from" | "id">): string {
  return `${type} ${from} ${id}`;
}

function removalOf({ type, from, id }: OutboxEntry): Change {
  return { delete: "outbox", type, from, id };
}
