import {
  compareNewestFirst,
  eventAddress,
  type NostrEvent,
} from "../../../protocol/nostr_event.ts";
import { isPrivateKind } from "../events/access.ts";
import { deletionTargets } from "../events/deletion.ts";
import { expirationS } from "../events/expiration.ts";
import { indexedTags } from "../events/indexed_tags.ts";
import { createModerationStore, type ModerationStore } from "../management/moderation_store.ts";
import { type Claimant, isIrremovable, mayRemove } from "../events/ownership.ts";
import type { Charge, PreparedEvent } from "../events/prepared_event.ts";
import { openDatabase, probeWrite } from "./store_database.ts";
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
  | "mailbox_full"
  | "member_full";

/** The relay's events. Every call is synchronous and short; long work is cut into pages by its callers. */
export interface Store {
  has(id: string): boolean;
  /** The event with a number, as JSON; null where it is gone. */
  json(seq: number): string | null;
  /** Runs reads as one, which is faster than each by itself. */
  read<T>(run: () => T): T;
  /** Runs inserts in one transaction, durable when it returns. @throws where SQLite fails; then nothing was stored */
  transaction(run: () => void): void;
  /** Inside {@link transaction}: keeps the newest of a replaceable address, and removes what a deletion names. */
  insert(prepared: PreparedEvent): InsertOutcome;
  /** Deletes up to `limit` events that are past keeping. Returns how many. */
  removeExpired(rule: { nowS: number; retentionS: number; limit: number }): number;
  /** Deletes the events with these numbers, in one commit. Returns how many there were. */
  remove(seqs: readonly number[]): number;
  /** Gives up to `pages` free pages back to the file system. Returns how many are left. */
  freePages(pages: number): number;
  /** The number that the newest stored event has: a scan up to it sees what is stored now. */
  lastSeq(): number;
  /** Up to `limit` events behind a number, in the order in which they were stored. */
  after(seq: number, limit: number): { seq: number; json: string }[];
  /** Commits something that changes nothing. @throws at once where the file cannot be written now */
  probe(): void;
  pages: CandidatePages;
  forgotten: Forgotten;
  moderation: ModerationStore;
  close(): void;
}

export interface StoreOptions {
  path: string;
  fsync: "full" | "normal";
  /** Bytes of events from strangers that one reader's mailbox holds. */
  maxHeldBytes: number;
  /** Bytes of events that one member may have here. */
  maxMemberBytes: number;
}

/**
 * Opens the relay's database, creating it where there is none.
 *
 * @throws StartFault where a newer version wrote the file; what SQLite throws where it cannot be opened
 */
export function openStore({ path, fsync, maxHeldBytes, maxMemberBytes }: StoreOptions): Store {
  const db = openDatabase(path, fsync);
  const sql = prepareStatements(db);
  const forgotten = prepareForgotten(db);
  let seq = sql.lastSeq();

  const remove = (row: StoredRow): void => {
    const event = JSON.parse(row.json) as NostrEvent;
    for (const [name, value] of indexedTags(event)) sql.deleteTag(name, value, event);
    sql.delete(row.seq);
  };

  const fullAccount = (
    { charge, bytes, event }: PreparedEvent,
    replaced: { bytes: number } | undefined,
  ): InsertOutcome | null => {
    if (charge === null) return null;
    const isMailbox = charge.account === "mailbox";
    // What removes events makes room: there is as much again for it alone.
    const max = isMailbox ? maxHeldBytes : maxMemberBytes * (isIrremovable(event.kind) ? 2 : 1);
    const held = sql.heldBytes(accountOf(charge)) - (replaced?.bytes ?? 0);
    if (held + bytes <= max) return null;
    return isMailbox ? "mailbox_full" : "member_full";
  };

  const removeNamed = (event: NostrEvent, by: Claimant): void => {
    const targets = deletionTargets(event);
    forgotten.delete(targets, { by, untilS: event.created_at });
    for (const id of targets.ids) {
      const row = sql.withId(id);
      const named = row && (JSON.parse(row.json) as NostrEvent);
      if (named && !isIrremovable(named.kind) && mayRemove(by, named)) remove(row);
    }
    for (const address of targets.addresses) {
      const row = sql.atAddress(address);
      if (row && row.created_at <= event.created_at) remove(row);
    }
  };

  const write = ({ event, json, bytes, charge }: PreparedEvent, address: string | null): void => {
    seq += 1;
    const expiresAtS = expirationS(event);
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
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };

  const read = <T>(run: () => T): T => {
    db.exec("BEGIN");
    try {
      return run();
    } finally {
      if (db.isTransaction) db.exec("COMMIT");
    }
  };

  const removeRows = (rows: readonly StoredRow[]): number => {
    if (rows.length > 0) transaction(() => rows.forEach(remove));
    return rows.length;
  };

  return {
    has: (id) => sql.has(id),
    json: (at) => sql.withSeq(at)?.json ?? null,
    read,
    transaction,

    insert(prepared) {
      const { event, removal } = prepared;
      if (sql.has(event.id)) return "duplicate";
      const reason = forgotten.reasonAgainst(event);
      if (reason) return reason;
      const address = eventAddress(event);
      const old = address === null ? undefined : sql.atAddress(address);
      if (old && compareNewestFirst(old, event) < 0) return "older";
      const full = fullAccount(prepared, old);
      if (full) return full;
      if (old) remove(old);
      write(prepared, address);
      if (removal?.scope === "named") removeNamed(event, removal.by);
      else if (removal) forgotten.vanish(removal.by, event.created_at);
      return "stored";
    },

    removeExpired({ nowS, retentionS, limit }) {
      const found = [...sql.expired(nowS, limit), ...sql.outdated(nowS - retentionS, limit)];
      const rows = [...new Map(found.map((row) => [row.seq, row])).values()].slice(0, limit);
      return removeRows(rows);
    },

    remove: (seqs) =>
      removeRows(seqs.map((at) => sql.withSeq(at)).filter((row) => row !== undefined)),

    freePages: (pages) => sql.freePages(pages),
    lastSeq: () => seq,
    after: (from, limit) => sql.after(from, limit),
    probe: () => probeWrite(db),
    pages: preparePages(db),
    forgotten,
    moderation: createModerationStore(db),
    close: () => db.close(),
  };
}

function accountOf({ account, key }: Charge): string {
  return account === "mailbox" ? key : `${account} ${key}`;
}
