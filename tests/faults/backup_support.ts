import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { addrOf } from "../../protocol/addr.ts";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { type Account, registrationOf } from "../http/support.ts";
import { makeMail } from "../relay/support/events.ts";
import type { TestClient } from "../relay/support/test_client.ts";
import type { KezChat } from "../support/server.ts";

export async function register(server: KezChat, account: Account, handle: string): Promise<void> {
  const wish = { handle, server: server.server, createdAtMs: Date.now() };
  const body = JSON.stringify(registrationOf(account, wish));
  const answer = await fetch(`${server.url}/v1/register`, { method: "POST", body });
  assert.equal(answer.status, 201, await answer.text());
}

export async function upload(server: KezChat, account: Account): Promise<string> {
  const bytes = new Uint8Array(randomBytes(5_000));
  const sha256 = hashOf(bytes);
  const wish = { verb: "upload", sha256, server: server.server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  const answer = await fetch(`${server.url}/upload`, { method: "PUT", headers, body: bytes });
  assert.equal(answer.status, 201, await answer.text());
  return sha256;
}

export async function publishMail(client: TestClient, account: Account): Promise<string> {
  const event = makeMail(addrOf(account.primary));
  const [isTaken, reason] = await client.publish(event);
  assert.ok(isTaken, reason);
  return event.id;
}

export function namesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

export function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
