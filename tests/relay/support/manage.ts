import assert from "node:assert/strict";
import { utf8ToBytes } from "../../../protocol/bytes.ts";
import { httpAuthTemplate } from "../../../protocol/http_auth.ts";
import { encodeNostrAuthorization } from "../../../protocol/nostr_authorization.ts";
import { makeEvent, newPerson, nowS } from "./events.ts";
import { startTestRelay, type TestRelay } from "./test_relay.ts";

/** Content type of a call. (NIP-86) */
export const RPC = "application/nostr+json+rpc";
/** Whose key may manage the relays of {@link startManaged}. */
export const admin = newPerson();

type Changes = Parameters<typeof startTestRelay>[0];

/** A relay that the admin may manage. */
export function startManaged(changes: Changes = {}): Promise<TestRelay> {
  return startTestRelay({ adminPubkey: admin.pubkey, ...changes });
}

/** Who signs a call, and when; what is signed, where that is not what is sent. */
export interface Call {
  secret?: Uint8Array;
  url?: string;
  signedMethod?: string;
  signedBody?: string | null;
  createdAtS?: number;
  path?: string;
}

/** The `Authorization` of a call. */
export function sign(relay: TestRelay, { body, ...call }: Call & { body: string }): string {
  const { url = relay.httpUrl, signedMethod: method = "POST", signedBody = body } = call;
  const { createdAtS = nowS() } = call;
  const template = httpAuthTemplate({
    url,
    method,
    body: signedBody === null ? null : utf8ToBytes(signedBody),
    createdAtS,
  });
  return encodeNostrAuthorization(makeEvent(template, call.secret ?? admin.secret));
}

/** Sends a call as it is. */
export async function post(
  relay: TestRelay,
  { body, authorization, path = "" }: { body: string; authorization: string; path?: string },
): Promise<{ status: number; headers: Headers; answer: { result?: unknown; error?: string } }> {
  const headers = { "content-type": RPC, authorization };
  const response = await fetch(relay.httpUrl + path, { method: "POST", body, headers });
  const { status } = response;
  return { status, headers: response.headers, answer: await response.json() };
}

/** Signs a call and sends it. */
export function send(relay: TestRelay, { body, ...call }: Call & { body: string }) {
  const authorization = sign(relay, { body, ...call });
  return post(relay, { body, authorization, path: call.path });
}

/** Calls a method as the admin and gives its result. */
export async function manage(
  relay: TestRelay,
  method: string,
  ...params: unknown[]
): Promise<unknown> {
  const { status, answer } = await send(relay, { body: JSON.stringify({ method, params }) });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(answer), ["result"], JSON.stringify(answer));
  return answer.result;
}

/** Calls a method that must fail, and gives its words. */
export async function managedError(relay: TestRelay, body: string): Promise<string> {
  const { status, answer } = await send(relay, { body });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(answer), ["error"]);
  return answer.error!;
}

/** The relay information document. (NIP-11) */
export async function informationOf(relay: TestRelay): Promise<Record<string, unknown>> {
  const headers = { accept: "application/nostr+json" };
  return await (await fetch(relay.httpUrl, { headers })).json();
}
