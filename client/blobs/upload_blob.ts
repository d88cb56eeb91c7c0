import { UserError } from "../user_error.ts";

export interface UploadOptions {
  /** The header of a signed upload event. (BUD-01) */
  authorization: string;
  signal: AbortSignal;
  /** Told how many bytes are gone. */
  onProgress(sentBytes: number): void;
}

/** A connection that has not moved for so long is given up. */
const SILENCE_MS = 30_000;
const MAX_WORDS = 200;

/**
 * Uploads a blob. By XMLHttpRequest, which alone tells how much is gone. (Blossom BUD-02)
 *
 * @throws UserError `no_network` where the server did not answer, or not for now; `quota_exceeded`, `server_full`;
 * `upload_refused`, with its words; and the signal's reason
 */
export async function uploadBlob(
  bytes: Uint8Array<ArrayBuffer>,
  { url, request, authorization, signal, onProgress }: UploadOptions & {
    url: string;
    request: XMLHttpRequest;
  },
): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = () => request.abort();
  const watchdog = createWatchdog(abort);
  signal.addEventListener("abort", abort);
  request.upload.onprogress = ({ loaded }) => {
    watchdog.feed();
    onProgress(loaded);
  };
  request.onload = () => request.status < 300 ? resolve() : reject(refusalOf(request));
  request.onerror = () => reject(new UserError("no_network"));
  request.onabort = () => reject(signal.aborted ? signal.reason : new UserError("no_network"));
  request.open("PUT", url);
  request.setRequestHeader("Authorization", authorization);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.send(bytes);
  try {
    await promise;
  } finally {
    watchdog.stop();
    signal.removeEventListener("abort", abort);
  }
}

function createWatchdog(bite: () => void) {
  let timer = setTimeout(bite, SILENCE_MS);
  return {
    feed() {
      clearTimeout(timer);
      timer = setTimeout(bite, SILENCE_MS);
    },
    stop: () => clearTimeout(timer),
  };
}

/** A server that is overloaded takes it later. */
function refusalOf({ status, responseText }: XMLHttpRequest): UserError {
  const { code, detail, title } = problemIn(responseText);
  if (code === "quota_exceeded") return new UserError(code);
  if (code === "storage_full") return new UserError("server_full");
  if (status === 408 || status === 429 || status >= 500) return new UserError("no_network");
  const words = detail ?? title;
  const isText = typeof words === "string";
  return new UserError("upload_refused", {
    detail: isText ? words.slice(0, MAX_WORDS) : undefined,
  });
}

function problemIn(text: string): Record<string, unknown> {
  try {
    const problem: unknown = JSON.parse(text);
    return typeof problem === "object" ? { ...problem } : {};
  } catch {
    return {};
  }
}
