import assert from "node:assert/strict";
import type { Frame, TestClient } from "./test_client.ts";

let lastId = 0;

/** What a COUNT gives, which must be exact. (NIP-45) Throws where it is CLOSED. */
export async function count(client: TestClient, ...filters: unknown[]): Promise<number> {
  const [verb, , value] = await ask(client, filters);
  if (verb === "CLOSED") throw new Error(`CLOSED ${value}`);
  const { count, ...rest } = value as { count: number };
  assert.deepEqual(rest, {}, "an exact count has no other members");
  return count;
}

/** Sends a COUNT that must be refused, and gives the words of CLOSED. */
export async function refusedCount(client: TestClient, ...filters: unknown[]): Promise<string> {
  const [verb, , value] = await ask(client, filters);
  assert.equal(verb, "CLOSED", `counted ${JSON.stringify(value)}`);
  return value as string;
}

function ask(client: TestClient, filters: unknown[]): Promise<Frame> {
  const id = `count-${++lastId}`;
  client.send("COUNT", id, ...filters);
  return client.next(([verb, about]) => ["COUNT", "CLOSED"].includes(verb) && about === id);
}
