import assert from "node:assert/strict";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { createNegentropyPeer } from "../../support/negentropy_peer.ts";
import type { Frame, TestClient } from "./test_client.ts";

/** All that a reconciliation knows of an event. */
export type Item = Pick<NostrEvent, "id" | "created_at">;

/** What one side has that the other has not, sorted, and how many messages the relay sent. */
export interface Reconciled {
  have: string[];
  need: string[];
  rounds: number;
}

let lastId = 0;

/** nostr-tools' end of a reconciliation. (NIP-77) */
function negentropyOf(items: readonly Item[], frameSizeLimit = 60_000) {
  const own = items.map(({ id, created_at }) => ({ id, createdAtS: created_at }));
  return createNegentropyPeer(own, frameSizeLimit);
}

/** The hex message that begins a reconciliation of a client that has these items. */
export function openingMessage(items: readonly Item[] = []): string {
  return negentropyOf(items).initiate();
}

/** The next NEG-MSG or NEG-ERR of a session. */
export function negAnswer(client: TestClient, id: string): Promise<Frame> {
  return client.next(([verb, about]) => ["NEG-MSG", "NEG-ERR"].includes(verb) && about === id);
}

/** Sends a frame of a session, and gives the hex of NEG-MSG. Throws where it is NEG-ERR. */
export async function negotiate(client: TestClient, ...frame: Frame): Promise<string> {
  client.send(...frame);
  const [verb, , value] = await negAnswer(client, frame[1] as string);
  if (verb === "NEG-ERR") throw new Error(`NEG-ERR ${value}`);
  return value as string;
}

/** Sends a frame of a session that must be refused, and gives the words of NEG-ERR. */
export async function refusedNegotiation(client: TestClient, ...frame: Frame): Promise<string> {
  client.send(...frame);
  const [verb, , value] = await negAnswer(client, frame[1] as string);
  assert.equal(verb, "NEG-ERR", `negotiated ${value}`);
  return value as string;
}

/** Ids that a message of the relay names to a client that has nothing. */
export function namedIn(message: string): string[] {
  const named: string[] = [];
  negentropyOf([]).reconcile(message, () => {}, (id) => named.push(id));
  return named.sort();
}

/** Reconciles a client's items with the relay's events of a filter, and ends the session. Throws at NEG-ERR. */
export async function reconcile(
  client: TestClient,
  { filter, items = [], frameSizeLimit }: {
    filter: unknown;
    items?: readonly Item[];
    frameSizeLimit?: number;
  },
): Promise<Reconciled> {
  const id = `neg-${++lastId}`;
  const own = negentropyOf(items, frameSizeLimit);
  const [have, need]: [string[], string[]] = [[], []];
  let rounds = 0;
  let frame: Frame = ["NEG-OPEN", id, filter, own.initiate()];
  for (;;) {
    const answer = await negotiate(client, ...frame);
    rounds += 1;
    const message = own.reconcile(answer, (had) => have.push(had), (is) => need.push(is));
    if (message === null) break;
    frame = ["NEG-MSG", id, message];
  }
  client.send("NEG-CLOSE", id);
  return { have: have.sort(), need: need.sort(), rounds };
}
