import { serverOrigin } from "../../protocol/handle.ts";
import type { Fetch } from "../fetch_json.ts";
import { UserError } from "../user_error.ts";
import { fetchBlob, type FetchBlobOptions } from "./fetch_blob.ts";
import { uploadBlob, type UploadOptions } from "./upload_blob.ts";

/** Where files lie: those that are sent at the home server, those that come anywhere. (Specification page 3, "Blobs") */
export interface BlobServer {
  /** The home server's public name, which an authorization is limited to. */
  readonly server: string;
  /** Largest blob that the home server takes, as far as is known. */
  maxBytes(): Promise<number>;
  /** Where a blob will be found. */
  urlOf(sha256: string): string;
  /** @throws UserError `no_network`, `upload_refused`, and the signal's reason */
  upload(bytes: Uint8Array<ArrayBuffer>, options: UploadOptions): Promise<void>;
  /**
   * Removes a blob from the home server. One that is not there, or not the own one, is as good as removed.
   *
   * @throws UserError `no_network` where the server did not answer, or not for now; the signal's reason
   */
  remove(sha256: string, options: { authorization: string; signal: AbortSignal }): Promise<void>;
  /**
   * The bytes of any server, without saying who asks; not checked beyond their number.
   *
   * @throws UserError `no_network`, `file_gone`, `file_damaged` where there are more of them
   */
  fetch(url: string, options: FetchBlobOptions): Promise<Uint8Array>;
}

/** What a server takes that does not say anything else. (Specification page 3) */
const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

/**
 * The blobs of the home server, which is asked at `origin`.
 *
 * @param askMaxBytes asks it how much it takes; may reject
 */
export function createBlobServer(
  { origin, server, fetch, askMaxBytes }: {
    origin: string;
    server: string;
    fetch: Fetch;
    askMaxBytes(): Promise<number>;
  },
): BlobServer {
  let knownMaxBytes = DEFAULT_MAX_BYTES;
  return {
    server,
    async maxBytes() {
      try {
        knownMaxBytes = await askMaxBytes();
      } catch (error) {
        // What is sent while nobody answers leaves later.
        if (!(error instanceof UserError)) throw error;
      }
      return knownMaxBytes;
    },
    urlOf: (sha256) => `${serverOrigin(server)}/${sha256}`,
    upload: (bytes, options) =>
      uploadBlob(bytes, { ...options, url: `${origin}/upload`, request: new XMLHttpRequest() }),
    async remove(sha256, { authorization, signal }) {
      const status = await removeBlob(`${origin}/${sha256}`, { fetch, authorization, signal });
      if (status === 408 || status === 429 || status >= 500) throw new UserError("no_network");
    },
    fetch: (url, options) => fetchBlob(url, { ...options, fetch, homeServer: server }),
  };
}

async function removeBlob(
  url: string,
  { fetch, authorization, signal }: { fetch: Fetch; authorization: string; signal: AbortSignal },
): Promise<number> {
  try {
    const headers = { Authorization: authorization };
    const response = await fetch(url, { method: "DELETE", headers, signal });
    await response.body?.cancel();
    return response.status;
  } catch (cause) {
    signal.throwIfAborted();
    throw new UserError("no_network", { cause });
  }
}
