import { createHash } from "node:crypto";
import type { EventReader } from "../relay/store/event_reader.ts";
import { StartFault } from "../start_fault.ts";
import { storageFaultOf } from "../storage_fault.ts";

/** What was printed: how many events, and the SHA-256 of the bytes, in hex. */
export interface Exported {
  events: number;
  sha256: string;
  /** How often something was left out because the database is damaged there. */
  gaps: number;
}

/** At most 8 MiB of events, which are no larger than 64 KiB. */
const PAGE_EVENTS = 128;
/** Numbers of events that are tried behind a damaged place; what is damaged further goes on to the end. */
const MAX_GAP = 100_000;

/**
 * Writes every event as a line of JSON, as it is stored, in the order in which they were. It ends when it has caught up
 * with what a running server stores meanwhile. What lies on a damaged page is left out.
 *
 * @param after begins behind the event with this id; null: at the first one
 * @param write is called for the next page when it has taken the last one
 * @throws StartFault where there is no event with that id; what `write` throws
 */
export async function exportEvents(
  reader: EventReader,
  { after, write }: { after: string | null; write(bytes: Uint8Array): Promise<void> },
): Promise<Exported> {
  let seq = after === null ? 0 : startBehind(after, reader);
  let events = 0;
  let gaps = 0;
  const hash = createHash("sha256");
  const encoder = new TextEncoder();
  for (;;) {
    const { page, isBehindGap } = nextPage(reader, seq);
    if (isBehindGap) gaps += 1;
    if (page.length === 0) return { events, sha256: hash.digest("hex"), gaps };
    const bytes = encoder.encode(page.map(({ json }) => `${json}\n`).join(""));
    hash.update(bytes);
    await write(bytes);
    events += page.length;
    seq = page.at(-1)!.seq;
  }
}

interface Page {
  page: ReturnType<EventReader["after"]>;
  isBehindGap: boolean;
}

function nextPage(reader: EventReader, seq: number): Page {
  const page = readUndamaged(reader, { seq, limit: PAGE_EVENTS });
  return page ? { page, isBehindGap: false } : nextOne(reader, seq);
}

/** Up to the damaged place events are read one by one, and behind it from the first number that can be read. */
function nextOne(reader: EventReader, seq: number): Page {
  for (let skipped = 0; skipped < MAX_GAP; skipped++) {
    const page = readUndamaged(reader, { seq: seq + skipped, limit: 1 });
    if (page) return { page, isBehindGap: skipped > 0 };
  }
  return { page: [], isBehindGap: true };
}

/** Null where a page that it needs is damaged. */
function readUndamaged(
  reader: EventReader,
  { seq, limit }: { seq: number; limit: number },
): Page["page"] | null {
  try {
    return reader.after(seq, limit);
  } catch (error) {
    if (storageFaultOf(error) !== "damaged") throw error;
    return null;
  }
}

function startBehind(id: string, reader: EventReader): number {
  const seq = reader.seqOf(id);
  if (seq !== null) return seq;
  throw new StartFault(
    `--after: there is no event ${
      JSON.stringify(id)
    } here. An id is 64 lower-case hex; an event may ` +
      "have been replaced or removed since. Give the id of an earlier line, or leave --after out.",
  );
}
