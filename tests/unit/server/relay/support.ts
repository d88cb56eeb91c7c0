import { type Charge, prepareEvent } from "../../../../server/relay/events/prepared_event.ts";
import { openStore, type Store } from "../../../../server/relay/store/store.ts";
import type { Log } from "../../../../server/log.ts";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";

/** A log of a test: the names of what was logged. */
export function createTestLog(): Log & { names: string[] } {
  const names: string[] = [];
  const take = (name: string) => void names.push(name);
  return { names, debug: take, info: take, warn: take, error: take };
}

/** A store in memory. */
export function openMemoryStore(
  { maxMailboxBytes = 1e9, maxMemberBytes = 1e9, maxDeletions = 1e9 }: {
    maxMailboxBytes?: number;
    maxMemberBytes?: number;
    maxDeletions?: number;
  } = {},
): Store & Disposable {
  const store = openStore({
    path: ":memory:",
    fsync: "full",
    maxMailboxBytes,
    maxMemberBytes,
    maxDeletions,
  });
  return { ...store, [Symbol.dispose]: () => store.close() };
}

/** Inserts events, each charged to somebody where one is named. Returns the outcomes. */
export function insertAll(
  store: Store,
  events: readonly NostrEvent[],
  charge: Charge | null = null,
) {
  const outcomes: string[] = [];
  store.transaction(() => {
    for (const event of events) outcomes.push(store.insert({ ...prepareEvent(event), charge }));
  });
  return outcomes;
}

/** An event without a right signature, for what does not look at it. */
export function fakeEvent(changes: Partial<NostrEvent> = {}): NostrEvent {
  return {
    id: randomHexOf(64),
    pubkey: "a".repeat(64),
    created_at: 1_700_000_000,
    kind: 1,
    tags: [],
    content: "",
    sig: "0".repeat(128),
    ...changes,
  };
}

function randomHexOf(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length / 2));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is in a store, in the order in which it came. */
export function storedEvents(store: Pick<Store, "json" | "lastSeq">): NostrEvent[] {
  return Array.from({ length: store.lastSeq() }, (_, i) => store.json(i + 1))
    .filter((json) => json !== null).map((json) => JSON.parse(json));
}
