import type { DatabaseSync } from "node:sqlite";

/** What the operator decided about keys, events and addresses, and what the relay is called. */
export type ModerationList =
  | "banned_key"
  | "allowed_key"
  | "banned_event"
  | "blocked_ip"
  | "setting";

/** A value of a list, and why it is there; of a setting, its name and its text. */
export interface ModerationRow {
  list: ModerationList;
  value: string;
  reason: string;
}

/** Keeps the lists. Every call is synchronous and durable when it returns; all throw what SQLite throws. */
export interface ModerationStore {
  /** Every row, those of a list in the order of their values. */
  load(): ModerationRow[];
  /** Adds a value to a list, or gives it a new reason. `atS` is in Unix seconds. */
  put(row: ModerationRow, atS: number): void;
  remove(list: ModerationList, value: string): void;
}

/** The table that {@link createModerationStore} works on. */
export const MODERATION_SCHEMA = `
  CREATE TABLE IF NOT EXISTS moderation (
    list TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (list, value)
  ) STRICT, WITHOUT ROWID;
`;

/** The lists in a database that has {@link MODERATION_SCHEMA}. */
export function createModerationStore(db: DatabaseSync): ModerationStore {
  const load = db.prepare("SELECT list, value, reason FROM moderation ORDER BY list, value");
  const put = db.prepare(
    `INSERT INTO moderation (list, value, reason, at) VALUES (?, ?, ?, ?)
     ON CONFLICT (list, value) DO UPDATE SET reason = excluded.reason, at = excluded.at`,
  );
  const remove = db.prepare("DELETE FROM moderation WHERE list = ? AND value = ?");
  return {
    load: () => load.all() as unknown as ModerationRow[],
    put: ({ list, value, reason }, atS) => void put.run(list, value, reason, atS),
    remove: (list, value) => void remove.run(list, value),
  };
}
