import { sha256 } from "@noble/hashes/sha2.js";
import { blobAuthTemplate, type BlobVerb } from "../../protocol/blob_auth.ts";
import { bytesToHex } from "../../protocol/bytes.ts";
import { encodeNostrAuthorization } from "../../protocol/nostr_authorization.ts";
import { signEvent } from "../../protocol/nostr_event.ts";
import { byteStreamOf } from "../support/byte_stream.ts";
import { type Account, SERVER, START_MS, type TestHttp } from "./support.ts";

export const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3, 4);

export function hashOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes));
}

export interface BlobAuthOptions {
  verb: BlobVerb;
  sha256?: string | null;
  server?: string;
  nowMs?: number;
  expiresInS?: number;
}

/** The `Authorization` header of a call on blobs. */
export function blobAuth(
  account: Account,
  { verb, sha256 = null, server = SERVER, nowMs = START_MS, expiresInS = 60 }: BlobAuthOptions,
): string {
  const createdAtS = Math.floor(nowMs / 1000);
  const template = blobAuthTemplate({
    verb,
    sha256,
    server,
    createdAtS,
    expiresAtS: createdAtS + expiresInS,
  });
  const { nostrSecret } = account;
  return encodeNostrAuthorization(signEvent(template, { nostrSecret, random: new Uint8Array(32) }));
}

/** Uploads bytes; gives the answer, whatever it is. */
export function upload(
  http: Pick<TestHttp, "fetch" | "clock">,
  { account, bytes, authorization, headers = {} }: {
    account: Account;
    bytes: Uint8Array<ArrayBuffer>;
    authorization?: string;
    headers?: Record<string, string>;
  },
): Promise<Response> {
  const auth = authorization ??
    blobAuth(account, { verb: "upload", sha256: hashOf(bytes), nowMs: http.clock.nowMs });
  return http.fetch("/upload", {
    method: "PUT",
    headers: { Authorization: auth, ...headers },
    body: byteStreamOf(bytes),
  });
}
