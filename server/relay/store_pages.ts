import type { DatabaseSync } from "node:sqlite";
import { PRIVATE_KINDS } from "./access.ts";

/** A row of an index: an event that may fit a filter. */
export interface Candidate {
  seq: number;
  id: string;
  createdAtS: number;
  kind: number;
}

/** Where in an index the next page begins, and what it may hold. Newest first, ties by lowest id. */
export interface PageRange {
  sinceS: number;
  /** Candidates are before this point: older than `beforeS`, or of that second with a higher id than `afterId`. */
  beforeS: number;
  afterId: string;
  limit: number;
}

/** Pages of candidates, each from one index and already in order. */
export interface CandidatePages {
  byId(id: string): Candidate | null;
  /** Of public kinds. */
  byTime(range: PageRange): Candidate[];
  byKind(kind: number, range: PageRange): Candidate[];
  byAuthor(author: { pubkey: string; kind: number }, range: PageRange): Candidate[];
  /** Of private kinds, or of all others. */
  byTag(tag: { name: string; value: string; isPrivate: boolean }, range: PageRange): Candidate[];
  /** The lowest kind above `above` that an author has events of; null past the last. */
  nextKindOf(pubkey: string, above: number): number | null;
  /** The first value after `above` that a tag of this name has in any event; null past the last. */
  nextTagValue(name: string, above: string): string | null;
}

const COLUMNS = "seq, id, created_at AS createdAtS, kind";
const IN_RANGE = `created_at BETWEEN ? AND ? AND NOT (created_at = ? AND id <= ?)
  ORDER BY created_at DESC, id LIMIT ?`;

/** Prepares the queries over the indexes of the store's schema. */
export function preparePages(db: DatabaseSync): CandidatePages {
  const from = (table: string, where: string) =>
    db.prepare(`SELECT ${COLUMNS} FROM ${table} WHERE ${where} AND ${IN_RANGE}`);
  const byId = db.prepare(`SELECT ${COLUMNS} FROM event WHERE id = ?`);
  const byTime = from("event INDEXED BY event_by_time", "private = 0");
  const byKind = from("event INDEXED BY event_by_kind", "kind = ?");
  const byAuthor = from("event INDEXED BY event_by_author", "pubkey = ? AND kind = ?");
  const privateKinds = PRIVATE_KINDS.join(", ");
  const byPrivateTag = from("tag", `name = ? AND value = ? AND kind IN (${privateKinds})`);
  const byPublicTag = from("tag", `name = ? AND value = ? AND kind NOT IN (${privateKinds})`);
  const nextKind = db.prepare(
    "SELECT min(kind) AS kind FROM event INDEXED BY event_by_author WHERE pubkey = ? AND kind > ?",
  );
  const nextValue = db.prepare("SELECT min(value) AS value FROM tag WHERE name = ? AND value > ?");
  return {
    byId: (id) => (byId.get(id) as Candidate | undefined) ?? null,
    byTime: (range) => candidates(byTime.all(...bounds(range))),
    byKind: (kind, range) => candidates(byKind.all(kind, ...bounds(range))),
    byAuthor: ({ pubkey, kind }, range) => candidates(byAuthor.all(pubkey, kind, ...bounds(range))),
    byTag: ({ name, value, isPrivate }, range) =>
      candidates((isPrivate ? byPrivateTag : byPublicTag).all(name, value, ...bounds(range))),
    nextKindOf: (pubkey, above) => (nextKind.get(pubkey, above) as { kind: number | null }).kind,
    nextTagValue: (name, above) => (nextValue.get(name, above) as { value: string | null }).value,
  };
}

type Row = Record<string, unknown>;

function candidates(rows: Row[]): Candidate[] {
  return rows as unknown as Candidate[];
}

function bounds({ sinceS, beforeS, afterId, limit }: PageRange): [
  number,
  number,
  number,
  string,
  number,
] {
  return [sinceS, beforeS, beforeS, afterId, limit];
}
