import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import type { Routes } from "./delivery.ts";
import type { Ledger } from "../ledger.ts";
import { MAX_EVENT_IDS } from "./sent_events.ts";

/** A sealing older than this is made afresh before it is tried again. */
const SEALING_VALID_MS = 10 * 60 * 1000;

/** Seals an entry's document to its reader, with a fresh `created_at`, and a one-time key where not `isOwnKey`. */
export type Seal = (
  entry: OutboxEntry,
  options: { kind: typeof KIND.message | typeof KIND.quiet; isOwnKey: boolean },
) => Promise<NostrEvent>;

/** The entry with events fit to be published, their ids kept before anybody can answer them; null if it is gone. */
export type FreshSealing = (entry: OutboxEntry, routes: Routes) => Promise<OutboxEntry | null>;

/**
 * Keeps the sealings of what waits fresh.
 *
 * @param isLeft whether an entry still waits
 * @param onSealed told of an entry with new events, once it is on the disk
 */
export function createFreshSealing(
  { ledger, account, seal, nowMs, isLeft, onSealed }: {
    ledger: Ledger;
    account: { primary: string };
    seal: Seal;
    nowMs(): number;
    isLeft(entry: OutboxEntry): boolean;
    onSealed(entry: OutboxEntry): void;
  },
): FreshSealing {
  /** How the ids are kept: in the message, or, of what is for the own devices, as seen. Null where the message is gone. */
  async function idChanges(
    entry: OutboxEntry,
    { ids, atMs }: { ids: string[]; atMs: number },
  ): Promise<Change[] | null> {
    if (entry.type === "message") {
      const message = await ledger.storage.message(entry);
      if (!message) return null;
      const eventIds = [...message.eventIds, ...ids].slice(-MAX_EVENT_IDS);
      return [{ put: "message", message: { ...message, eventIds } }];
    }
    const pool = account.primary;
    if (entry.reader !== pool) return [];
    return ids.map((eventId) => ({ put: "seen_event", eventId, pool, atMs }));
  }

  return async (entry, routes) => {
    const atMs = nowMs();
    const kind = entry.type === "message" ? KIND.message : KIND.quiet;
    const made: NostrEvent[] = [];
    async function make(isOwnKey: boolean): Promise<NostrEvent> {
      const event = await seal(entry, { kind, isOwnKey });
      made.push(event);
      return event;
    }
    const isFresh = entry.sealed && atMs - entry.sealed.atMs < SEALING_VALID_MS;
    let sealing = isFresh ? entry.sealed! : { event: await make(false), atMs };
    if (routes.ownKey.size > 0 && !sealing.ownKeyEvent) {
      sealing = { ...sealing, ownKeyEvent: await make(true) };
    }
    if (made.length === 0) return entry;
    const sealed: OutboxEntry = { ...entry, sealed: sealing };
    return await ledger.write(async () => {
      if (!isLeft(entry)) return null;
      const changes = await idChanges(entry, { ids: made.map(({ id }) => id), atMs });
      if (!changes) return null;
      await ledger.commit([{ put: "outbox", entry: sealed }, ...changes]);
      onSealed(sealed);
      return sealed;
    });
  };
}
