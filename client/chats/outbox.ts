import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { createDeliveryLane, type DeliveryLane } from "../relays/delivery_lane.ts";
import { firstAcceptance, isPermanent } from "../relays/publish_answers.ts";
import type { Publisher } from "../relays/publisher.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import { isRelayUrl, MAX_CONTACT_RELAYS } from "../relays/relay_url.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { OutboxEntry } from "../storage/chat_records.ts";
import type { Ledger } from "./ledger.ts";
import { type OutboxStatus, statusChanges } from "./outbox_status.ts";

/** A message that no relay took within this time shows as failed, and is tried on. (Specification page 2, "Status") */
const FAILED_AFTER_MS = 30_000;
/** A sealing older than this is made afresh before it is tried again. */
const SEALING_VALID_MS = 10 * 60 * 1000;
/** What is older is refused by every reader. */
const MAX_QUEUED_MS = 30 * 24 * 60 * 60 * 1000;

/** A relay that stays away for days makes for many sealings; an ack of any of the last ones counts. */
const MAX_EVENT_IDS = 200;

/** What waits for a relay. Everything in it is on disk first. */
export interface Outbox {
  /** Takes what a former session left. */
  start(): Promise<void>;
  /** Takes entries that have just been committed. */
  add(entries: OutboxEntry[]): void;
  /** Tries a failed message again. */
  retry(name: { from: string; id: string }): Promise<void>;
  /** Lets go of what a commit deletes; pass the changes returned to that commit. */
  removal(matches: (entry: OutboxEntry) => boolean): Change[];
  /** Forgets entries whose removal was committed. */
  forget(matches: (entry: OutboxEntry) => boolean): void;
  /** The network, a relay or a contact's address may be back: tries everything at once. */
  kick(): void;
  stop(): void;
}

/**
 * The queue of messages, self-copies and acks. Entries to one reader leave in their order; a message is `sent` when the
 * first relay took it, and only then is its copy sent to the own devices.
 *
 * @param seal seals an entry's document to its reader, with a fresh one-time key and `created_at`
 * @param onStuck a contact cannot be reached: its address may have changed
 */
export function createOutbox(
  { ledger, environment, publisher, account, seal, onStuck }: {
    ledger: Ledger;
    environment: RelayEnvironment;
    publisher: Publisher;
    account: { primary: string; homeRelay: string };
    seal(entry: OutboxEntry, kind: typeof KIND.message | typeof KIND.quiet): Promise<NostrEvent>;
    onStuck(primary: string): void;
  },
): Outbox {
  const entries = new Map<string, OutboxEntry>();
  const lanes = new Map<string, DeliveryLane<string>>();
  const failTimers = new Map<string, () => void>();
  let isStopped = false;

  const isSelf = (primary: string) => primary === account.primary;
  /** A note to self is its own message: people see how its one copy fares. */
  const isShown = ({ type, peer }: OutboxEntry) =>
    type === "message" || (type === "copy" && isSelf(peer));

  function laneTo(reader: string): DeliveryLane<string> {
    const lane = lanes.get(reader) ?? createDeliveryLane({ environment, attempt: attemptSafely });
    lanes.set(reader, lane);
    return lane;
  }

  function take(entry: OutboxEntry): void {
    if (isStopped) return;
    const key = keyOf(entry);
    const isKnown = entries.has(key);
    entries.set(key, entry);
    const lane = laneTo(entry.reader);
    if (entry.isRefused || (isKnown && lane.has(key))) return;
    lane.add(key);
    if (isShown(entry)) startFailTimer(entry);
  }

  function drop(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    lanes.get(entry.reader)?.remove(key);
    stopFailTimer(key);
  }

  async function attemptSafely(key: string): Promise<boolean> {
    try {
      return await attempt(key);
    } catch {
      // The disk did not take it: nothing has changed, and the same is tried again later.
      return false;
    }
  }

  async function attempt(key: string): Promise<boolean> {
    const queued = entries.get(key);
    if (!queued) return true;
    const relays = relaysOf(queued);
    if (relays.length === 0) {
      onStuck(queued.peer);
      return false;
    }
    const entry = await withFreshSealing(key, queued);
    if (!entry?.sealed || isStopped) return entry === null;
    const { event } = entry.sealed;
    const answer = await firstAcceptance(relays.map((url) => publisher.publish(url, event)));
    if (isStopped) return false;
    if (answer.accepted) await ledger.write(() => finish(key));
    else if (isPermanent(answer.message)) await ledger.write(() => refuse(key, answer.message));
    return answer.accepted || isPermanent(answer.message);
  }

  function relaysOf(entry: OutboxEntry): string[] {
    if (isSelf(entry.reader)) return [account.homeRelay];
    const conversation = ledger.conversation(entry.peer);
    if (conversation?.state !== "accepted") return [];
    return (conversation.contact?.relays ?? []).filter(isRelayUrl).slice(0, MAX_CONTACT_RELAYS);
  }

  /** The entry with an event fit to be published, its id kept before anybody can answer it; null if it is gone. */
  async function withFreshSealing(key: string, entry: OutboxEntry): Promise<OutboxEntry | null> {
    const nowMs = environment.nowMs();
    if (entry.sealed && nowMs - entry.sealed.atMs < SEALING_VALID_MS) return entry;
    const event = await seal(entry, entry.type === "message" ? KIND.message : KIND.quiet);
    return await ledger.write(async () => {
      if (isStopped || !entries.has(key)) return null;
      const sealed: OutboxEntry = { ...entry, sealed: { event, atMs: nowMs } };
      const changes: Change[] = [{ put: "outbox", entry: sealed }];
      if (entry.type === "message") {
        const message = await ledger.storage.message(entry);
        if (!message) return null;
        const eventIds = [...message.eventIds, event.id].slice(-MAX_EVENT_IDS);
        changes.push({ put: "message", message: { ...message, eventIds } });
      } else if (entry.type === "copy") {
        const pool = account.primary;
        changes.push({ put: "seen_event", eventId: event.id, pool, atMs: nowMs });
      }
      await ledger.commit(changes);
      entries.set(key, sealed);
      return sealed;
    });
  }

  async function finish(key: string): Promise<void> {
    const entry = entries.get(key);
    if (!entry) return;
    const copies = entry.type === "message" ? [copyOf(entry)] : [];
    await ledger.commit([
      removalOf(entry),
      ...copies.map((copy): Change => ({ put: "outbox", entry: copy })),
      ...await statusOf(entry, "sent"),
    ]);
    drop(key);
    copies.forEach(take);
  }

  async function refuse(key: string, words: string): Promise<void> {
    const entry = entries.get(key);
    if (!entry) return;
    if (!isShown(entry)) {
      await ledger.commit([removalOf(entry)]);
      return drop(key);
    }
    const refused = { ...entry, isRefused: true };
    await ledger.commit([
      { put: "outbox", entry: refused },
      ...await statusOf(entry, "failed", words),
    ]);
    stopFailTimer(key);
    entries.set(key, refused);
    if (!isSelf(entry.peer)) onStuck(entry.peer);
  }

  async function statusOf(
    entry: OutboxEntry,
    status: OutboxStatus,
    failure: string | null = null,
  ): Promise<Change[]> {
    return isShown(entry) ? await statusChanges(entry, { ledger, status, failure }) : [];
  }

  function copyOf(entry: OutboxEntry): OutboxEntry {
    const queuedAtMs = environment.nowMs();
    const order = ledger.nextArrival();
    const reader = account.primary;
    return { ...entry, type: "copy", reader, order, queuedAtMs, sealed: null, isRefused: false };
  }

  function startFailTimer(entry: OutboxEntry): void {
    const key = keyOf(entry);
    stopFailTimer(key);
    const fail = async () => {
      if (isStopped || !entries.has(key)) return;
      await ledger.commit(await statusOf(entry, "failed"));
      if (!isSelf(entry.peer)) onStuck(entry.peer);
    };
    // Where the disk does not take it, it is said later.
    const onTimer = () => void ledger.write(fail).catch(() => startFailTimer(entry));
    failTimers.set(key, environment.setTimer(onTimer, FAILED_AFTER_MS));
  }

  function stopFailTimer(key: string): void {
    failTimers.get(key)?.();
    failTimers.delete(key);
  }

  return {
    async start() {
      const oldestMs = environment.nowMs() - MAX_QUEUED_MS;
      const left = await ledger.storage.outbox();
      const stale = left.filter((entry) => entry.queuedAtMs < oldestMs && !isShown(entry));
      const removals = stale.map(removalOf);
      await ledger.write(() => ledger.commit(removals));
      for (const entry of left) if (!stale.includes(entry)) take(entry);
    },
    add: (added) => added.forEach(take),
    retry: ({ from, id }) =>
      ledger.write(async () => {
        const entry = [...entries.values()].find((one) =>
          isShown(one) && one.from === from && one.id === id
        );
        if (!entry) return;
        const waiting = { ...entry, isRefused: false };
        const changes = await statusOf(entry, "sending");
        await ledger.commit([{ put: "outbox", entry: waiting }, ...changes]);
        take(waiting);
        startFailTimer(waiting);
        laneTo(entry.reader).kick();
      }),
    removal: (matches) => [...entries.values()].filter(matches).map(removalOf),
    forget(matches) {
      for (const [key, entry] of [...entries]) if (matches(entry)) drop(key);
    },
    kick() {
      for (const lane of lanes.values()) lane.kick();
    },
    stop() {
      isStopped = true;
      for (const lane of lanes.values()) lane.stop();
      for (const key of [...failTimers.keys()]) stopFailTimer(key);
    },
  };
}

function keyOf({ type, from, id }: Pick<OutboxEntry, "type" | "from" | "id">): string {
  return `${type} ${from} ${id}`;
}

function removalOf({ type, from, id }: OutboxEntry): Change {
  return { delete: "outbox", type, from, id };
}
