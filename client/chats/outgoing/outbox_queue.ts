import { createDeliveryLane, type DeliveryLane } from "../../relays/delivery_lane.ts";
import { createNamedTimers } from "../../relays/named_timers.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import { createCopyDelay } from "./copy_delay.ts";
import { entryKey, isShown } from "./outbox_entries.ts";

/** A message that no relay took within this time shows as failed, and is tried on. (Specification page 2, "Status") */
const FAILED_AFTER_MS = 30_000;

/** What waits in memory, and when each is tried: those to one reader in their order. What is here is on disk. */
export interface OutboxQueue {
  readonly isStopped: boolean;
  get(key: string): OutboxEntry | null;
  all(): OutboxEntry[];
  /** Takes an entry, or what has become of one. It is tried when its turn comes. */
  take(entry: OutboxEntry): void;
  /** Takes an entry that a former session left. */
  takeOld(entry: OutboxEntry): void;
  /** Takes what has become of an entry, which keeps its place. */
  replace(entry: OutboxEntry): void;
  /** Takes an entry that a relay refused for good: it is out of its lane, and no time runs out for it. */
  rest(entry: OutboxEntry): void;
  /** Takes an entry that a person tries again: it is tried now. */
  again(entry: OutboxEntry): void;
  /** Waits once more until an entry shows as failed. */
  watch(entry: OutboxEntry): void;
  drop(key: string): void;
  /** Tries everything at once, also what was refused and nobody sees. */
  kick(): void;
  stop(): void;
}

/**
 * A queue with nothing in it.
 *
 * @param attempt tries the entry of a key; true once it is through, or out of its lane. Must not reject.
 * @param onHeld an entry waits for its file
 * @param onLate no relay has taken an entry in time
 */
export function createOutboxQueue(
  { environment, ownPrimary, attempt, onHeld, onLate }: {
    environment: RelayEnvironment;
    ownPrimary: string;
    attempt(key: string): Promise<boolean>;
    onHeld(entry: OutboxEntry): void;
    onLate(entry: OutboxEntry): void;
  },
): OutboxQueue {
  const entries = new Map<string, OutboxEntry>();
  const lanes = new Map<string, DeliveryLane<string>>();
  const failTimers = createNamedTimers(environment);
  const copyTimers = createNamedTimers(environment);
  const copyDelayMs = createCopyDelay(environment);
  let isStopped = false;

  /** One that only an own relay took is tried on beside those that come after it. */
  function laneOf({ reader, isSpare = false }: OutboxEntry): DeliveryLane<string> {
    const name = isSpare ? `spare ${reader}` : reader;
    const lane = lanes.get(name) ?? createDeliveryLane({ environment, attempt });
    lanes.set(name, lane);
    return lane;
  }

  function take(entry: OutboxEntry): void {
    if (isStopped) return;
    const key = entryKey(entry);
    const isKnown = entries.has(key);
    entries.set(key, entry);
    const lane = laneOf(entry);
    if (isKnown && lane.has(key)) return;
    // Only looked at: it may have arrived all the same. It is sent again by hand.
    if (entry.isRefused) return entry.type === "message" ? lane.add(key) : undefined;
    if (entry.isHeld) return onHeld(entry);
    const isSeen = isShown(entry, ownPrimary);
    if (entry.reader === ownPrimary && !isSeen) {
      return copyTimers.set(key, { delayMs: copyDelayMs(), callback: () => lane.add(key) });
    }
    lane.add(key);
    if (isSeen && !entry.isSpare) watch(entry);
  }

  function watch(entry: OutboxEntry): void {
    const callback = () => onLate(entry);
    failTimers.set(entryKey(entry), { delayMs: FAILED_AFTER_MS, callback });
  }

  /** What nobody sees fail nobody tries again by hand. */
  function takeOld(entry: OutboxEntry): void {
    take(isShown(entry, ownPrimary) ? entry : { ...entry, isRefused: false });
  }

  return {
    get isStopped() {
      return isStopped;
    },
    get: (key) => entries.get(key) ?? null,
    all: () => [...entries.values()],
    take,
    takeOld,
    replace: (entry) => void entries.set(entryKey(entry), entry),
    rest(entry) {
      failTimers.cancel(entryKey(entry));
      entries.set(entryKey(entry), entry);
    },
    again(entry) {
      take(entry);
      if (entry.isHeld) return;
      watch(entry);
      laneOf(entry).kick();
    },
    watch,
    drop(key) {
      const entry = entries.get(key);
      if (!entry) return;
      entries.delete(key);
      laneOf(entry).remove(key);
      failTimers.cancel(key);
      copyTimers.cancel(key);
    },
    kick() {
      for (const entry of [...entries.values()]) {
        // A copy that is not refused waits for its time.
        const mayGo = entry.isRefused || entry.isHeld || entry.reader !== ownPrimary;
        if (mayGo && !laneOf(entry).has(entryKey(entry))) takeOld(entry);
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
