import assert from "node:assert/strict";
import { blobAuth, hashOf } from "../http/blobs_support.ts";
import { type Account, makeAccount, registrationOf } from "../http/support.ts";
import type { KezChat } from "./server.ts";

/** Registers an account at a running server. Resolves with the status and what stands in the answer. */
export async function tryToRegister(
  { url, server }: KezChat,
  { handle, account = makeAccount() }: { handle: string; account?: Account },
): Promise<{ status: number; code?: string }> {
  const body = JSON.stringify(
    registrationOf(account, { handle, server, createdAtMs: Date.now() }),
  );
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}/v1/register`, { method: "POST", headers, body });
  const { code } = await answer.json() as { code?: string };
  return { status: answer.status, code };
}

/** Somebody new with a handle. */
export async function registerMember(server: KezChat, handle: string): Promise<Account> {
  const account = makeAccount();
  assert.equal((await tryToRegister(server, { handle, account })).status, 201);
  return account;
}

/** Resolves with the status of looking a handle up. */
export async function lookUp({ url }: KezChat, handle: string): Promise<number> {
  const answer = await fetch(`${url}/v1/u/${handle}`);
  await answer.body?.cancel();
  return answer.status;
}

/** Sends bytes as somebody's file. Resolves with the status. */
export async function upload(
  { url, server }: KezChat,
  { account, bytes }: { account: Account; bytes: Uint8Array<ArrayBuffer> },
): Promise<number> {
  const wish = { verb: "upload", sha256: hashOf(bytes), server, nowMs: Date.now() } as const;
  const headers = { Authorization: blobAuth(account, wish) };
  const answer = await fetch(`${url}/upload`, { method: "PUT", headers, body: bytes });
  await answer.body?.cancel();
  return answer.status;
}

/** What the server says of its own health. */
export async function healthOf(
  { url }: KezChat,
): Promise<{ status: number; checks?: Record<string, string> }> {
  const answer = await fetch(`${url}/v1/healthz`);
  const { checks } = await answer.json() as { checks?: Record<string, string> };
  return { status: answer.status, checks };
}
