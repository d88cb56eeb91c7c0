import type { DatabaseSync, StatementSync } from "node:sqlite";
import { KIND } from "../../../protocol/nostr_event.ts";
import { tagKey } from "./store_statements.ts";

/** A row of an index: an event that may fit a filter. */
export interface Candidate {
  seq: number;
  id: string;
  createdAtS: number;
  kind: number;
  /** When it wants to be forgotten; null for never. */
  expiresAtS: number | null;
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
  byTag(tag: { name: string; value: string; kind: number }, range: PageRange): Candidate[];
  /** The highest number of the events with a tag, of a kind, from a time on; 0 where there are none. */
  newestSeq(tag: { name: string; value: string; kind: number }, sinceS: number): number;
  /** The numbers of mail to an addr, in order of arrival. */
  mailSeqs(
    addr: string,
    page: { sinceS: number; afterSeq: number; limit: number; nowS: number },
  ): number[];
  /** The kinds above `above` that an author has events of, rising: the first {@link MAX_KINDS} of them. */
  kindsOf(pubkey: string, above: number): number[];
  /** The same of the events with a tag. */
  kindsWith(tag: { name: string; value: string }, above: number): number[];
  /** The first value of 64 hex above `above` that a tag of this name has in any event; null past the last. */
  nextTagValue(name: string, above: string): string | null;
}

/** Kinds that are given at a time. */
export const MAX_KINDS = 32;

const COLUMNS =
  "seq, lower(hex(id)) AS id, created_at AS createdAtS, kind, expires_at AS expiresAtS";

/** Prepares the queries over the indexes of the store's schema. */
export function preparePages(db: DatabaseSync): CandidatePages {
  const byId = db.prepare(`SELECT ${COLUMNS} FROM event WHERE id = unhex(?)`);
  const byTime = preparePage(db, "event", "INDEXED BY event_by_time WHERE private = 0");
  const byKind = preparePage(db, "event", "INDEXED BY event_by_kind WHERE kind = ?");
  const byAuthor = preparePage(
    db,
    "event",
    "INDEXED BY event_by_author WHERE pubkey = unhex(?) AND kind = ?",
  );
  const byTag = preparePage(db, "tag", "WHERE name = ? AND value = ? AND kind = ?");
  const newestSeq = db.prepare(
    "SELECT max(seq) AS seq FROM tag WHERE name = ? AND value = ? AND kind = ? AND created_at >= ?",
  );
  const mailSeqs = db.prepare(
    `SELECT seq FROM tag WHERE name = 'q' AND value = ? AND kind IN (${KIND.message}, ${KIND.quiet})
       AND created_at >= ? AND seq > ? AND (expires_at IS NULL OR expires_at > ?)
     ORDER BY seq LIMIT ?`,
  );
  const kindsOf = prepareKinds(db, "event INDEXED BY event_by_author WHERE pubkey = unhex(?)");
  const kindsWith = prepareKinds(db, "tag WHERE name = ? AND value = ?");
  const nextValue = db.prepare(
    "SELECT lower(hex(min(value))) AS value FROM tag WHERE name = ? AND value > unhex(?)",
  );
  return {
    byId: (id) => (byId.get(id) as Candidate | undefined) ?? null,
    byTime: (range) => byTime([], range),
    byKind: (kind, range) => byKind([kind], range),
    byAuthor: ({ pubkey, kind }, range) => byAuthor([pubkey, kind], range),
    byTag: ({ name, value, kind }, range) => byTag([name, tagKey(value), kind], range),
    newestSeq: ({ name, value, kind }, sinceS) =>
      (newestSeq.get(name, tagKey(value), kind, sinceS) as { seq: number | null }).seq ?? 0,
    mailSeqs: (addr, { sinceS, afterSeq, limit, nowS }) =>
      mailSeqs.all(tagKey(addr), sinceS, afterSeq, nowS, limit).map(({ seq }) => seq as number),
    kindsOf: (pubkey, above) => kindsOf([pubkey], above),
    kindsWith: ({ name, value }, above) => kindsWith([name, tagKey(value)], above),
    nextTagValue: (name, above) =>
      (nextValue.get(name, above) as { value: string | null }).value || null,
  };
}

/**
 * Goes from each kind to the next one that is there: their number is what it costs, not that of the events. Values have no
 * numbers (`?1`): Deno 2.4, which executables may have inside, binds none by them.
 */
function prepareKinds(db: DatabaseSync, source: string) {
  const statement = db.prepare(
    `WITH RECURSIVE there (kind) AS (
       SELECT min(kind) FROM ${source} AND kind > ?
       UNION ALL
       SELECT (SELECT min(kind) FROM ${source} AND kind > there.kind) FROM there WHERE there.kind IS NOT NULL
     ) SELECT kind FROM there WHERE kind IS NOT NULL LIMIT ${MAX_KINDS}`,
  );
  return (keys: Keys, above: number): number[] =>
    statement.all(...keys, above, ...keys).map(({ kind }) => kind as number);
}

type Keys = (string | number | Uint8Array)[];

/** One page is the rest of the second that the last one ended in, then what is older: both begin where they have to. */
function preparePage(db: DatabaseSync, table: "event" | "tag", where: string) {
  const select = `SELECT ${COLUMNS} FROM ${table} ${where} AND`;
  // Not the column's name alone: that is the hex of it here, which no index is ordered by.
  const id = `${table}.id`;
  const sameSecond = db.prepare(
    `${select} created_at = ? AND ${id} > unhex(?) ORDER BY ${id} LIMIT ?`,
  );
  const older = db.prepare(
    `${select} created_at BETWEEN ? AND ? ORDER BY created_at DESC, ${id} LIMIT ?`,
  );
  const all = (statement: StatementSync, ...values: Keys) =>
    statement.all(...values) as unknown as Candidate[];
  return (keys: Keys, { sinceS, beforeS, afterId, limit }: PageRange): Candidate[] => {
    if (afterId === "") return all(older, ...keys, sinceS, beforeS, limit);
    const rest = all(sameSecond, ...keys, beforeS, afterId, limit);
    if (rest.length === limit) return rest;
    return [...rest, ...all(older, ...keys, sinceS, beforeS - 1, limit - rest.length)];
  };
}
