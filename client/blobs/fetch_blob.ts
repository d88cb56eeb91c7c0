import { isPrivateHost } from "../../protocol/private_host.ts";
import type { Fetch } from "../fetch_json.ts";
import { UserError } from "../user_error.ts";

export interface FetchBlobOptions {
  maxBytes: number;
  signal: AbortSignal;
  /** Told how many bytes are here. */
  onProgress?(receivedBytes: number): void;
}

/** A server that sends nothing for so long is given up. */
const SILENCE_MS = 30_000;
/** One that sends less than this in a millisecond, on the whole, is given up too: it only holds others up. */
const SLOWEST_BYTES = 4;

/**
 * Fetches a blob of whichever server, without credentials or referrer, and follows nothing that leads elsewhere.
 *
 * @param homeServer where that is public, nothing is asked that is of this house
 * @throws UserError `no_network`, `file_gone`, `file_damaged` where it is longer than it may be; the signal's reason
 */
export async function fetchBlob(
  url: string,
  { fetch, homeServer, maxBytes, signal, onProgress, silenceMs = SILENCE_MS }: FetchBlobOptions & {
    fetch: Fetch;
    homeServer: string;
    silenceMs?: number;
  },
): Promise<Uint8Array> {
  if (isPrivateHost(new URL(url).host) && !isPrivateHost(homeServer)) {
    throw new UserError("file_gone");
  }
  const ending = new AbortController();
  const both = AbortSignal.any([signal, ending.signal]);
  const end = setTimeout(() => ending.abort(), silenceMs + maxBytes / SLOWEST_BYTES);
  let timer = setTimeout(() => ending.abort(), silenceMs);
  const feed = (receivedBytes: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => ending.abort(), silenceMs);
    onProgress?.(receivedBytes);
  };
  try {
    const response = await fetch(url, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      // It is kept sealed, and nowhere else.
      cache: "no-store",
      signal: both,
    });
    if (response.status === 404 || response.status === 410) throw new UserError("file_gone");
    if (!response.ok) throw new UserError("no_network");
    return await readBytes(response, { maxBytes, feed });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    signal.throwIfAborted();
    throw new UserError("no_network", { cause });
  } finally {
    clearTimeout(timer);
    clearTimeout(end);
    // Ends what is still arriving of an answer that was given up.
    ending.abort();
  }
}

async function readBytes(
  response: Response,
  { maxBytes, feed }: { maxBytes: number; feed: (receivedBytes: number) => void },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = await reader?.read() ?? { done: true, value: undefined };
    if (done) break;
    length += value.length;
    if (length > maxBytes) throw new UserError("file_damaged");
    feed(length);
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
