import type { BlobServer } from "../../../../client/blobs/blob_server.ts";
import type { UploadOptions } from "../../../../client/blobs/upload_blob.ts";
import type { Files } from "../../../../client/chats/files/files.ts";
import type { UnwantedBlobs } from "../../../../client/chats/files/unwanted_blobs.ts";
import type { Uploads } from "../../../../client/chats/outgoing/uploads.ts";
import { UserError } from "../../../../client/user_error.ts";
import { allowsBlob, parseBlobAuth } from "../../../../protocol/blob_auth.ts";
import { bytesToHex } from "../../../../protocol/bytes.ts";

/** For threads in which nothing is uploaded. */
export const NO_UPLOADS: Uploads = {
  begin() {},
  progressOf: () => null,
  onChange: () => () => {},
  stop() {},
};

/** For threads in which no file is opened. */
export const NO_FILES: Files = {
  open: () => Promise.resolve(null),
  progressOf: () => null,
  cancel() {},
  onChange: () => () => {},
  stop() {},
};

/** For threads in which nothing was uploaded. */
export const NO_UNWANTED: UnwantedBlobs = {
  changesFor: () => Promise.resolve([]),
  changesForPicture: () => Promise.resolve([]),
  remove() {},
  stop() {},
};

/** A blob server in memory, which can go away, lie, and be asked what it was asked. */
export interface FakeBlobs extends BlobServer {
  /** By their hash. */
  readonly stored: Map<string, Uint8Array<ArrayBuffer>>;
  readonly fetched: string[];
  isAway: boolean;
  /** What uploads are refused with; null where they are taken. */
  refusal: UserError | null;
  /** Uploads wait for it. */
  gate: Promise<void>;
  /** Downloads wait for it, with half of the file here. */
  fetchGate: Promise<void>;
}

export function createFakeBlobs(): FakeBlobs {
  const server = "kez.test";
  const blobs: FakeBlobs = {
    server,
    stored: new Map(),
    fetched: [],
    isAway: false,
    refusal: null,
    gate: Promise.resolve(),
    fetchGate: Promise.resolve(),
    maxBytes: () => Promise.resolve(32 * 1024 * 1024),
    urlOf: (sha256) => `https://${server}/${sha256}`,
    async upload(bytes, { authorization, signal, onProgress }: UploadOptions) {
      onProgress(bytes.length / 2);
      await Promise.race([blobs.gate, aborted(signal)]);
      if (blobs.isAway) throw new UserError("no_network");
      if (blobs.refusal) throw blobs.refusal;
      const sha256 = bytesToHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
      const nowS = Math.floor(Date.now() / 1000);
      const event = parseBlobAuth(authorization, { verb: "upload", sha256, server, nowS });
      if (!allowsBlob(event, sha256)) throw new Error("not authorized");
      blobs.stored.set(sha256, bytes);
    },
    async remove(sha256, { authorization }) {
      if (blobs.isAway) throw new UserError("no_network");
      const nowS = Math.floor(Date.now() / 1000);
      parseBlobAuth(authorization, { verb: "delete", sha256, server, nowS });
      await Promise.resolve(blobs.stored.delete(sha256));
    },
    async fetch(url, { maxBytes, signal, onProgress }) {
      blobs.fetched.push(url);
      if (blobs.isAway) throw new UserError("no_network");
      const bytes = blobs.stored.get(new URL(url).pathname.slice(1, 65));
      if (!bytes) throw new UserError("file_gone");
      if (bytes.length > maxBytes) throw new UserError("file_damaged");
      onProgress?.(bytes.length / 2);
      await Promise.race([blobs.fetchGate, aborted(signal)]);
      return bytes.slice();
    },
  };
  return blobs;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
