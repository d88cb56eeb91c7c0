import { DatabaseSync } from "node:sqlite";

/** Ids of the events that a stopped relay has on disk, sorted. */
export function idsOnDisk(dbPath: string): string[] {
  const db = new DatabaseSync(dbPath, { readOnly: true });
  try {
    return db.prepare("SELECT lower(hex(id)) AS id FROM event ORDER BY id").all().map(({ id }) =>
      id as string
    );
  } finally {
    db.close();
  }
}
