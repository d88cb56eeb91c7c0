import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { count, refusedCount } from "./count.ts";
import { idsOf } from "./events.ts";
import { openingMessage, reconcile, refusedNegotiation } from "./negentropy_client.ts";
import type { TestClient } from "./test_client.ts";

let lastId = 0;

/** Asks by REQ, COUNT and, where there is one filter, NEG-OPEN: each must tell of exactly these events. */
export async function assertLearns(
  client: TestClient,
  { filters, events, who = "" }: {
    filters: readonly unknown[];
    events: readonly NostrEvent[];
    who?: string;
  },
): Promise<void> {
  const told = `${who} ${JSON.stringify(filters).slice(0, 200)}`;
  const ids = idsOf(events).sort();
  assert.deepEqual(idsOf(await client.query(...filters)).sort(), ids, `REQ ${told}`);
  assert.equal(await count(client, ...filters), ids.length, `COUNT ${told}`);
  if (filters.length > 1) return;
  assert.deepEqual((await reconcile(client, { filter: filters[0] })).need, ids, `NEG ${told}`);
}

/** Asks by REQ, COUNT and, where there is one filter, NEG-OPEN: each must be refused with such words. */
export async function assertNotAnswered(
  client: TestClient,
  { filters, words }: { filters: readonly unknown[]; words: RegExp },
): Promise<void> {
  const asked = JSON.stringify(filters).slice(0, 200);
  assert.match(await client.refusedReq(...filters), words, `REQ ${asked}`);
  assert.match(await refusedCount(client, ...filters), words, `COUNT ${asked}`);
  if (filters.length > 1) return;
  const id = `refused-${++lastId}`;
  const frame = ["NEG-OPEN", id, filters[0], openingMessage()] as const;
  assert.match(await refusedNegotiation(client, ...frame), words, `NEG-OPEN ${asked}`);
}

/** A filter for every way to name an event: by its id, author, tag, time, kind, and none of these. */
export function filtersFor(event: NostrEvent): Record<string, unknown>[] {
  const [name, value] = event.tags[0]!;
  return [
    { ids: [event.id] },
    { authors: [event.pubkey] },
    { [`#${name}`]: [value] },
    { since: event.created_at, until: event.created_at },
    {},
    { kinds: [event.kind, 1] },
    { kinds: [event.kind, 1], authors: [event.pubkey] },
    { kinds: [1, event.kind], [`#${name}`]: [value] },
    { ids: [event.id], kinds: [event.kind, 1] },
  ];
}
