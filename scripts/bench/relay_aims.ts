import type { Row } from "./relay_rows.ts";
import type { Aim } from "./report.ts";

/** What this relay should reach over 200,000 events, by the names of the comparison's rows. */
export const RELAY_AIMS: Readonly<Record<string, Aim>> = {
  "ingest, 50 connections, 16 in flight": { atLeast: 2_000 },
  "REQ by author, p99": { atMost: 10 },
  "REQ by kind, p99": { atMost: 10 },
  "REQ by tag, p99": { atMost: 10 },
  "REQ by id, p99": { atMost: 10 },
  "fan-out to 1,000, p50": { atMost: 50 },
  "fan-out to 1,000, p99": { atMost: 50 },
  "disk an event": { atMost: 2.5 },
};

/** The row with its aim, if it has one. */
export function withAim(row: Row): Row {
  const aim = RELAY_AIMS[row.name];
  return aim ? { ...row, aim } : row;
}
