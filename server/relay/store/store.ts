import type { FsyncMode } from "../../config.ts";
import {
  compareNewestFirst,
  eventAddress,
  KIND,
  type NostrEvent,
} from "../../../protocol/nostr_event.ts";
import { isPrivateKind } from "../events/access.ts";
import { deletionTargets } from "../events/deletion.ts";
import { expirationS } from "../events/expiration.ts";
import { indexedTags } from "../events/indexed_tags.ts";
import { createModerationStore, type ModerationStore } from "../management/moderation_store.ts";
import { isIrremovable } from "../events/ownership.ts";
import type { Charge, PreparedEvent } from "../events/prepared_event.ts";
import { isInTransaction, openDatabase, probeWrite } from "./store_database.ts";
import { type Forgotten, prepareForgotten } from "./store_forgotten.ts";
import { type CandidatePages, preparePages } from "./store_pages.ts";
import { prepareStatements, type StoredRow } from "./store_statements.ts";

/** What became of an event in a batch. */
export type InsertOutcome =
  | "stored"
  | "duplicate"
  | "older"
  | "deleted"
  | "vanished"
  | "not_admitted"
  | "owns_nothing"
  | "mailbox_full"
  | "member_full";

/** The relay's events. Every call is synchronous and short; long work is cut into pages by its callers. */
export interface Store {
  has(id: string): boolean;
  /** The event with a number, as JSON; null where it is gone. */
  json(seq: number): string | null;
  /** The same of several events, by their numbers: those that are there. */
  jsons(seqs: readonly number[]): Map<number, string>;
  /** Runs reads as one, which is faster than each by itself. */
  read<T>(run: () => T): T;
  /** Runs inserts in one transaction, durable when it returns. @throws where SQLite fails; then nothing was stored */
  transaction(run: () => void): void;
  /**
   * Inside {@link transaction}: keeps the newest of a replaceable address, and notes what a request asks to remove.
   *
   * @param admit asked last, for an event that nothing else speaks against
   */
  insert(prepared: PreparedEvent, admit?: () => boolean): InsertOutcome;
  /** Deletes up to `limit` events that are past keeping, as many as fit a short commit. Returns how many. */
  removeExpired(rule: { nowS: number; retentionS: number; limit: number }): number;
  /** Deletes events by their numbers, as many as fit a short commit. Returns how many of the numbers are gone now. */
  remove(seqs: readonly number[]): number;
  /** The number of the event at a replaceable address; null where there is none. */
  seqAt(address: string): number | null;
  /** Gives up to `pages` free pages back to the file system. Returns how many are left. */
  freePages(pages: number): number;
  /** The number that the newest stored event has: a scan up to it sees what is stored now. */
  lastSeq(): number;
  /** Commits something that changes nothing. @throws at once where the file cannot be written now */
  probe(): void;
  pages: CandidatePages;
  forgotten: Forgotten;
  moderation: ModerationStore;
  close(): void;
}

export interface StoreOptions {
  path: string;
  fsync: FsyncMode;
  /** Bytes of events from strangers that one reader's mailbox holds. */
  maxMailboxBytes: number;
  /** Bytes of events that one member may have here. */
  maxMemberBytes: number;
  /** Ids and addresses that one member may have deleted: they are kept for ever. */
  maxDeletions: number;
}

/** Rows of one commit that removes, an event's own and one for each of its tags: about 10 ms. */
const MAX_REMOVED_ROWS = 384;

/**
 * Opens the relay's database, creating it where there is none.
 *
 * @throws StartFault where a newer version wrote the file; what SQLite throws where it cannot be opened
 */
export function openStore(options: StoreOptions): Store {
  const { path, fsync, maxMailboxBytes, maxMemberBytes, maxDeletions } = options;
  const db = openDatabase(path, fsync);
  const sql = prepareStatements(db);
  const forgotten = prepareForgotten(db);
  const pages = preparePages(db);
  let seq = sql.lastSeq();

  const ownsSomething = (pubkey: string): boolean => {
    const wrapped = pages.kindsWith({ name: "p", value: pubkey }, KIND.giftWrap - 1);
    return wrapped[0] === KIND.giftWrap ||
      pages.kindsOf(pubkey, -1).some((kind) => kind !== KIND.vanish);
  };

  /** Returns how many rows that took. */
  const remove = (row: StoredRow): number => {
    const event = JSON.parse(row.json) as NostrEvent;
    const tags = indexedTags(event);
    for (const [name, value] of tags) sql.deleteTag(name, value, event);
    sql.delete(row.seq);
    return 1 + tags.length;
  };

  const fullAccount = (
    { charge, removal, bytes, event }: PreparedEvent,
    replaced: { bytes: number } | undefined,
  ): InsertOutcome | null => {
    if (removal?.scope === "named" && forgotten.hasDeleted(event.pubkey, maxDeletions)) {
      return "member_full";
    }
    if (charge === null) return null;
    const isMailbox = charge.account === "mailbox";
    // What removes events makes room: there is as much again for it alone.
    const max = isMailbox ? maxMailboxBytes : maxMemberBytes * (isIrremovable(event.kind) ? 2 : 1);
    const charged = sql.chargedBytes(accountOf(charge)) - (replaced?.bytes ?? 0);
    if (charged + bytes <= max) return null;
    return isMailbox ? "mailbox_full" : "member_full";
  };

  const write = ({ event, json, bytes, charge }: PreparedEvent, address: string | null): void => {
    seq += 1;
    // What keeps others out is not forgotten itself.
    const expiresAtS = isIrremovable(event.kind) ? null : expirationS(event);
    sql.insert({
      ...{ seq, event, json, bytes, address, expiresAtS },
      isPrivate: isPrivateKind(event.kind),
      account: charge && accountOf(charge),
    });
    for (const [name, value] of indexedTags(event)) {
      sql.insertTag({ name, value, event, expiresAtS, seq });
    }
  };

  const transaction = (run: () => void): void => {
    const seqBefore = seq;
    db.exec("BEGIN IMMEDIATE");
    try {
      run();
      db.exec("COMMIT");
    } catch (error) {
      seq = seqBefore;
      if (isInTransaction(db)) db.exec("ROLLBACK");
      throw error;
    }
  };

  const read = <T>(run: () => T): T => {
    db.exec("BEGIN");
    try {
      return run();
    } finally {
      if (isInTransaction(db)) db.exec("COMMIT");
    }
  };

  const removeAll = (seqs: readonly number[]): number => {
    let gone = 0;
    const run = () => {
      for (let rows = 0; gone < seqs.length && rows < MAX_REMOVED_ROWS; gone++) {
        const row = sql.withSeq(seqs[gone]!);
        rows += row ? remove(row) : 1;
      }
    };
    if (seqs.length > 0) transaction(run);
    return gone;
  };

  return {
    has: (id) => sql.has(id),
    json: (at) => sql.withSeq(at)?.json ?? null,
    jsons: (seqs) =>
      new Map(seqs.length === 0 ? [] : sql.withSeqs(seqs).map(({ seq: at, json }) => [at, json])),
    read,
    transaction,

    insert(prepared, admit = () => true) {
      const { event, removal } = prepared;
      if (sql.has(event.id)) return "duplicate";
      const reason = forgotten.reasonAgainst(event);
      if (reason) return reason;
      if (removal?.mustOwnSomething && !ownsSomething(event.pubkey)) return "owns_nothing";
      const address = addressOf(prepared);
      const old = address === null ? undefined : sql.atAddress(address);
      if (old && compareNewestFirst(old, event) < 0) return "older";
      const full = fullAccount(prepared, old);
      if (full) return full;
      if (!admit()) return "not_admitted";
      if (old) remove(old);
      write(prepared, address);
      const untilS = event.created_at;
      if (removal?.scope === "named") {
        forgotten.delete(deletionTargets(event), { by: removal.by, untilS, seq });
      } else if (removal) forgotten.vanish(removal.by, untilS);
      return "stored";
    },

    removeExpired({ nowS, retentionS, limit }) {
      const found = [...sql.expired(nowS, limit), ...sql.outdated(nowS - retentionS, limit)];
      return removeAll([...new Set(found.map(({ seq }) => seq))].slice(0, limit));
    },

    remove: removeAll,
    seqAt: (address) => sql.atAddress(address)?.seq ?? null,

    freePages: (pages) => sql.freePages(pages),
    lastSeq: () => seq,
    probe: () => probeWrite(db),
    pages,
    forgotten,
    moderation: createModerationStore(db),
    close: () => db.close(),
  };
}

/** Of the requests to vanish from here that somebody made the newest is enough: it reaches furthest. */
function addressOf({ event, removal }: PreparedEvent): string | null {
  return removal?.scope === "everything" ? `${event.kind}:${event.pubkey}:` : eventAddress(event);
}

function accountOf({ account, key }: Charge): string {
  return account === "mailbox" ? key : `${account} ${key}`;
}
