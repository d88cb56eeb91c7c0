import { DatabaseSync } from "node:sqlite";
import { compareNewestFirst, eventAddress, type NostrEvent } from "../../protocol/nostr_event.ts";
import { isPrivateKind } from "./access.ts";
import { indexedTags } from "./indexed_tags.ts";
import { expirationS } from "./policy.ts";
import type { PreparedEvent } from "./prepared_event.ts";
import { openDatabase, probeWrite } from "./store_schema.ts";
import { type CandidatePages, preparePages } from "./store_pages.ts";

/** What became of an event in a batch. */
export type InsertOutcome = "stored" | "duplicate" | "older" | "mailbox_full";

/** An event as it is stored. */
export interface StoredEvent {
  json: string;
  /** When it wants to be forgotten; null for never. */
  expiresAtS: number | null;
}

/** The relay's events. Every call is synchronous and short; long work is cut into pages by its callers. */
export interface Store {
  has(id: string): boolean;
  get(seq: number): StoredEvent | null;
  /** Runs inserts in one transaction, durable when it returns. @throws where SQLite fails; then nothing was stored */
  transaction(run: () => void): void;
  /** Inside {@link transaction}: keeps the newest of a replaceable address. */
  insert(prepared: PreparedEvent): InsertOutcome;
  /** Deletes up to `limit` events that are past keeping. Returns how many. */
  removeExpired(rule: { nowS: number; retentionS: number; limit: number }): number;
  /** Deletes the events with these numbers, in one commit. Returns how many there were. */
  remove(seqs: readonly number[]): number;
  /** Gives up to `pages` free pages back to the file system. Returns how many are left. */
  freePages(pages: number): number;
  /** The number that the newest stored event has: a scan up to it sees what is stored now. */
  lastSeq(): number;
  /** Commits something that changes nothing. @throws at once where the file cannot be written now */
  probe(): void;
  pages: CandidatePages;
  close(): void;
}

export interface StoreOptions {
  path: string;
  fsync: "full" | "normal";
  /** Bytes of events from strangers that one reader's mailbox holds. */
  maxHeldBytes: number;
}

/**
 * Opens the relay's database, creating it where there is none.
 *
 * @throws StartFault where a newer version wrote the file; what SQLite throws where it cannot be opened
 */
export function openStore({ path, fsync, maxHeldBytes }: StoreOptions): Store {
  const db = openDatabase(path, fsync);
  const sql = prepareStatements(db);
  let seq = (sql.lastSeq.get() as { seq: number }).seq;

  const remove = (row: StoredRow): void => {
    const event = JSON.parse(row.json) as NostrEvent;
    for (const [name, value] of indexedTags(event)) {
      sql.deleteTag.run(name, value, event.created_at, event.id);
    }
    sql.delete.run(row.seq);
  };

  const replaces = (event: NostrEvent, address: string): boolean => {
    const old = sql.atAddress.get(address) as (StoredRow & OrderedRow) | undefined;
    if (!old) return true;
    const isNewer = compareNewestFirst(event, old) < 0;
    if (isNewer) remove(old);
    return isNewer;
  };

  const isFull = (heldFor: string, bytes: number): boolean => {
    const held = sql.held.get(heldFor) as { bytes: number } | undefined;
    return (held?.bytes ?? 0) + bytes > maxHeldBytes;
  };

  const transaction = (run: () => void): void => {
    db.exec("BEGIN IMMEDIATE");
    try {
      run();
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  };

  return {
    has: (id) => sql.has.get(id) !== undefined,

    get: (at) => (sql.get.get(at) as StoredEvent | undefined) ?? null,

    transaction,

    insert({ event, json, bytes, heldFor }) {
      if (sql.has.get(event.id) !== undefined) return "duplicate";
      if (heldFor !== null && isFull(heldFor, bytes)) return "mailbox_full";
      const address = eventAddress(event);
      if (address !== null && !replaces(event, address)) return "older";
      seq += 1;
      const { id, pubkey, created_at, kind } = event;
      const isPrivate = isPrivateKind(kind) ? 1 : 0;
      sql.insert.run(
        seq,
        id,
        pubkey,
        created_at,
        kind,
        isPrivate,
        address,
        expirationS(event),
        heldFor,
        bytes,
        json,
      );
      for (const [name, value] of indexedTags(event)) {
        sql.insertTag.run(name, value, created_at, id, kind, seq);
      }
      return "stored";
    },

    removeExpired({ nowS, retentionS, limit }) {
      const found = [
        ...sql.expired.all(nowS, limit),
        ...sql.outdated.all(nowS - retentionS, limit),
      ] as unknown as StoredRow[];
      const rows = [...new Map(found.map((row) => [row.seq, row])).values()].slice(0, limit);
      if (rows.length > 0) transaction(() => rows.forEach(remove));
      return rows.length;
    },

    remove(seqs) {
      const rows = seqs.map((at) => sql.row.get(at) as StoredRow | undefined)
        .filter((row) => row !== undefined);
      if (rows.length > 0) transaction(() => rows.forEach(remove));
      return rows.length;
    },

    freePages(pages) {
      db.prepare(`PRAGMA incremental_vacuum(${pages})`).all();
      return (sql.freePages.get() as { freelist_count: number }).freelist_count;
    },

    lastSeq: () => seq,
    probe: () => probeWrite(db),
    pages: preparePages(db),
    close: () => db.close(),
  };
}

interface StoredRow {
  seq: number;
  json: string;
}

interface OrderedRow {
  id: string;
  created_at: number;
}

function prepareStatements(db: DatabaseSync) {
  return {
    has: db.prepare("SELECT 1 FROM event WHERE id = ?"),
    row: db.prepare("SELECT seq, json FROM event WHERE seq = ?"),
    get: db.prepare("SELECT json, expires_at AS expiresAtS FROM event WHERE seq = ?"),
    lastSeq: db.prepare("SELECT coalesce(max(seq), 0) AS seq FROM event"),
    atAddress: db.prepare(
      "SELECT seq, json, id, created_at FROM event WHERE address = ?",
    ),
    held: db.prepare("SELECT bytes FROM held WHERE reader = ?"),
    insert: db.prepare(
      `INSERT INTO event (seq, id, pubkey, created_at, kind, private, address, expires_at, held_for, bytes, json)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    insertTag: db.prepare(
      "INSERT INTO tag (name, value, created_at, id, kind, seq) VALUES (?, ?, ?, ?, ?, ?)",
    ),
    delete: db.prepare("DELETE FROM event WHERE seq = ?"),
    deleteTag: db.prepare(
      "DELETE FROM tag WHERE name = ? AND value = ? AND created_at = ? AND id = ?",
    ),
    expired: db.prepare("SELECT seq, json FROM event WHERE expires_at <= ? LIMIT ?"),
    outdated: db.prepare(
      "SELECT seq, json FROM event WHERE private = 1 AND created_at < ? LIMIT ?",
    ),
    freePages: db.prepare("PRAGMA freelist_count"),
  };
}
