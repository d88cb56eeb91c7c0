import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { TestClient } from "./test_client.ts";

const AT_ONCE = 200;

/** Publishes events that must all be accepted, many at once and in no order. */
export async function publishAll(client: TestClient, events: readonly NostrEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += AT_ONCE) {
    const some = events.slice(from, from + AT_ONCE);
    const answers = await Promise.all(some.map((event) => client.publish(event)));
    for (const answer of answers) assert.deepEqual(answer, [true, ""]);
  }
}

/** Publishes events that must all be accepted, one after the other. */
export async function publishInOrder(client: TestClient, ...events: NostrEvent[]): Promise<void> {
  for (const event of events) assert.deepEqual(await client.publish(event), [true, ""]);
}

/** Publishes an event that must be refused, and gives the words of OK. */
export async function refusedEvent(client: TestClient, event: NostrEvent): Promise<string> {
  const [accepted, message] = await client.publish(event);
  assert.equal(accepted, false, `kind ${event.kind} was accepted`);
  return message;
}
