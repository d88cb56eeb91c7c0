import { ProtocolError } from "../../protocol/errors.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { KIND } from "../../protocol/nostr_event.ts";
import { encodeClientFrame, parseRelayFrame, type RelayFrame } from "../../protocol/nostr_wire.ts";
import { assignChunks, type Chunk } from "./chunks.ts";

/** What one connection asks of a relay, and what came of it. It does no I/O. */
export interface RelayReading {
  /** Asks for the addrs that are watched now; only for what changed. */
  watch(addrs: readonly string[]): void;
  /** Takes a message of the relay. Returns the mail in it, if it is an answer to what was asked; null else. */
  receive(text: string): NostrEvent | null;
  /** Messages that made no sense. */
  readonly faults: number;
}

export interface RelayReadingDeps {
  /** From when on mail is asked for; Unix seconds. */
  sinceS: number;
  send(text: string): void;
  /** Everything that was stored has been given; `newestS` is null where nothing was. */
  onCaughtUp(newestS: number | null): void;
  /** The relay does not take what is asked, whatever is tried. */
  onRefused(): void;
  nowS(): number;
}

/** Addrs of a filter, tried in this order. The ids of each differ: what is said of larger ones may come late. */
const CHUNK_SIZES = [500, 100, 20];
const LETTERS = ["m", "n", "o"];
const PAGE_EVENTS = 500;
/** No relay cuts its answers shorter than this. */
const SMALLEST_LIMIT = 10;
/** A push tells of all mail at once: who is not reached by so many pages is so by the next message. */
const MAX_PAGES = 40;
/** A chunk that changed is asked for again, from so far back. */
const OVERLAP_S = 5 * 60;

interface Asked {
  sinceS: number;
  count: number;
  oldestS: number;
  pages: number;
  isCaughtUp: boolean;
}

/** Reads a relay's mail for chunks of addrs, page by page, then live. (Specification page 4, "The listener") */
export function createRelayReading(deps: RelayReadingDeps): RelayReading {
  const { send, nowS } = deps;
  let size = 0;
  let chunks: Chunk[] = [];
  let watched: readonly string[] = [];
  let faults = 0;
  let newestS: number | null = null;
  let wasCaughtUp = false;
  const asked = new Map<string, Asked>();

  function ask(
    { id, addrs }: Chunk,
    { pageOf, untilS }: { pageOf?: string; untilS?: number } = {},
  ) {
    const { sinceS } = asked.get(id)!;
    const filter: Record<string, unknown> = {
      kinds: [KIND.message],
      "#q": addrs,
      since: sinceS,
      limit: PAGE_EVENTS,
    };
    if (untilS !== undefined) filter.until = untilS;
    send(encodeClientFrame({ type: "REQ", id: pageOf ?? id, filters: [filter] }));
  }

  function open(chunk: Chunk, sinceS: number): void {
    const pages = 0;
    asked.set(chunk.id, { sinceS, count: 0, oldestS: Infinity, pages, isCaughtUp: false });
    ask(chunk);
  }

  function close(id: string): void {
    asked.delete(id);
    send(encodeClientFrame({ type: "CLOSE", id }));
  }

  function watch(addrs: readonly string[], sinceS = sinceNow()): void {
    watched = addrs;
    const next = assignChunks(chunks, {
      ...{ addrs, size: CHUNK_SIZES[size]!, letter: LETTERS[size]! },
    });
    chunks = next.chunks;
    next.closed.forEach(close);
    for (const chunk of next.changed) open(chunk, sinceS);
  }

  const sinceNow = () => asked.size === 0 ? deps.sinceS : Math.max(deps.sinceS, nowS() - OVERLAP_S);

  /** The end of a page: there is another one where this one may have been cut. */
  function endPage(id: string): void {
    const chunk = chunks.find((one) => one.id === chunkOf(id));
    const state = chunk && asked.get(chunk.id);
    if (!chunk || !state || state.isCaughtUp) return;
    const isCut = state.count >= SMALLEST_LIMIT && state.oldestS > state.sinceS;
    if (isCut && state.pages < MAX_PAGES) {
      state.pages += 1;
      state.count = 0;
      const untilS = state.oldestS - 1;
      return ask(chunk, { pageOf: pageId(chunk.id), untilS });
    }
    if (state.pages > 0) send(encodeClientFrame({ type: "CLOSE", id: pageId(chunk.id) }));
    state.isCaughtUp = true;
    if (wasCaughtUp || ![...asked.values()].every(({ isCaughtUp }) => isCaughtUp)) return;
    wasCaughtUp = true;
    deps.onCaughtUp(newestS);
  }

  /** Tries smaller filters, then gives up. */
  function closed(id: string): void {
    if (!chunks.some((chunk) => chunk.id === chunkOf(id))) return;
    if (size + 1 === CHUNK_SIZES.length) return deps.onRefused();
    size += 1;
    for (const chunk of chunks) close(chunk.id);
    chunks = [];
    watch(watched, deps.sinceS);
  }

  function take(id: string, event: NostrEvent): NostrEvent | null {
    const state = asked.get(chunkOf(id));
    if (!state) {
      // Of a subscription that was closed just now, or of none.
      faults += 1;
      return null;
    }
    if (!state.isCaughtUp) {
      state.count += 1;
      state.oldestS = Math.min(state.oldestS, event.created_at);
    }
    newestS = Math.max(newestS ?? 0, Math.min(event.created_at, nowS()));
    return event;
  }

  return {
    watch: (addrs) => watch(addrs),
    get faults() {
      return faults;
    },
    receive(text) {
      const frame = parsed(text);
      switch (frame?.type) {
        case "EVENT":
          return take(frame.id, frame.event);
        case "EOSE":
          endPage(frame.id);
          return null;
        case "CLOSED":
          closed(frame.id);
          return null;
        case undefined:
          faults += 1;
      }
      return null;
    },
  };
}

const pageId = (id: string) => `${id}-older`;
const chunkOf = (id: string) => id.replace(/-older$/, "");

/** Null for what is no frame, which is counted against the relay; a verb without a use here is none of its faults. */
function parsed(text: string): RelayFrame | null {
  try {
    return parseRelayFrame(text) ?? { type: "NOTICE", message: "" };
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
