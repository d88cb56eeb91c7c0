import { Buffer } from "node:buffer";
import type { DatabaseSync } from "node:sqlite";
import { isHex } from "../../../protocol/bytes.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";

/** An event as the table has it. */
export interface StoredRow {
  seq: number;
  json: string;
}

interface AddressedRow extends StoredRow {
  id: string;
  created_at: number;
  bytes: number;
}

interface NewRow extends StoredRow {
  event: NostrEvent;
  bytes: number;
  isPrivate: boolean;
  address: string | null;
  expiresAtS: number | null;
  account: string | null;
}

interface NewTag {
  name: string;
  value: string;
  event: NostrEvent;
  expiresAtS: number | null;
  seq: number;
}

/**
 * A tag's index value as the table has it: 32 bytes in hex, as ids, keys and addrs are, stand as those bytes. Bytes and
 * text are never equal to each other.
 */
export function tagKey(value: string): string | Uint8Array {
  return isHex(value, 32) ? Buffer.from(value, "hex") : value;
}

/** The statements that the store is made of, each with the types of its values. */
export function prepareStatements(db: DatabaseSync) {
  const row = <T>(sql: string) => {
    const statement = db.prepare(sql);
    return (...values: (string | number)[]) => statement.get(...values) as T | undefined;
  };
  const rows = <T>(sql: string) => {
    const statement = db.prepare(sql);
    return (...values: (string | number)[]) => statement.all(...values) as unknown as T[];
  };
  const has = row("SELECT 1 FROM event WHERE id = unhex(?)");
  const lastSeq = row<{ seq: number }>("SELECT coalesce(max(seq), 0) AS seq FROM event");
  const charged = row<{ bytes: number }>("SELECT bytes FROM account_bytes WHERE account = ?");
  const freelist = row<{ freelist_count: number }>("PRAGMA freelist_count");
  const withSeqs = rows<StoredRow>(
    "SELECT seq, json FROM event WHERE seq IN (SELECT value FROM json_each(?))",
  );
  const insert = db.prepare(
    `INSERT INTO event (seq, id, pubkey, created_at, kind, private, address, expires_at, account, bytes, json)
     VALUES (?, unhex(?), unhex(?), ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertTag = db.prepare(
    "INSERT INTO tag (name, value, kind, created_at, id, expires_at, seq) VALUES (?, ?, ?, ?, unhex(?), ?, ?)",
  );
  const deleteRow = db.prepare("DELETE FROM event WHERE seq = ?");
  const deleteTag = db.prepare(
    "DELETE FROM tag WHERE name = ? AND value = ? AND kind = ? AND created_at = ? AND id = unhex(?)",
  );
  return {
    has: (id: string) => has(id) !== undefined,
    lastSeq: () => lastSeq()!.seq,
    withSeq: row<StoredRow>("SELECT seq, json FROM event WHERE seq = ?"),
    withSeqs: (seqs: readonly number[]) => withSeqs(JSON.stringify(seqs)),
    atAddress: row<AddressedRow>(
      "SELECT seq, json, lower(hex(id)) AS id, created_at, bytes FROM event WHERE address = ?",
    ),
    chargedBytes: (account: string) => charged(account)?.bytes ?? 0,
    expired: rows<{ seq: number }>("SELECT seq FROM event WHERE expires_at <= ? LIMIT ?"),
    outdated: rows<{ seq: number }>(
      "SELECT seq FROM event WHERE private = 1 AND created_at < ? LIMIT ?",
    ),
    insert({ seq, event, json, bytes, isPrivate, address, expiresAtS, account }: NewRow): void {
      const { id, pubkey, created_at, kind } = event;
      const columns = [isPrivate ? 1 : 0, address, expiresAtS, account, bytes, json];
      insert.run(seq, id, pubkey, created_at, kind, ...columns);
    },
    insertTag({ name, value, event: { kind, created_at, id }, expiresAtS, seq }: NewTag): void {
      insertTag.run(name, tagKey(value), kind, created_at, id, expiresAtS, seq);
    },
    delete: (seq: number) => void deleteRow.run(seq),
    deleteTag: (name: string, value: string, { kind, created_at, id }: NostrEvent) =>
      void deleteTag.run(name, tagKey(value), kind, created_at, id),
    freePages(pages: number): number {
      db.prepare(`PRAGMA incremental_vacuum(${pages})`).all();
      return freelist()!.freelist_count;
    },
  };
}
