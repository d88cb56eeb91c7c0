import { parseJson } from "../protocol/jcs.ts";

/** The part of `fetch` that is used, so that tests can stand in for it. */
export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;

/** An answer with its body read; `body` is null where it is no JSON. */
export interface JsonAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** `unreachable`: no answer at all, or none in time. `unreadable`: an answer past the bound. */
export class FetchFault extends Error {
  override readonly name = "FetchFault";

  constructor(readonly kind: "unreachable" | "unreadable", options?: ErrorOptions) {
    super(kind, options);
  }
}

export interface FetchJsonOptions {
  fetch: Fetch;
  init?: RequestInit;
  /** For the whole exchange, the body included. */
  timeoutMs?: number;
  maxBytes?: number;
}

/** Longest that any answer is waited for. */
export const FETCH_TIMEOUT_MS = 10_000;

const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * Fetches JSON without credentials, bounded in time and size. Redirects are not followed: they could lead to where nobody else's
 * word may.
 *
 * @throws FetchFault
 */
export async function fetchJson(
  url: string,
  { fetch, init, timeoutMs = FETCH_TIMEOUT_MS, maxBytes = MAX_ANSWER_BYTES }: FetchJsonOptions,
): Promise<JsonAnswer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    const { signal } = controller;
    const response = await fetch(url, { credentials: "omit", redirect: "error", ...init, signal });
    const text = await readText(response, maxBytes);
    return { status: response.status, headers: response.headers, body: jsonOrNull(text) };
  } catch (cause) {
    if (cause instanceof FetchFault) throw cause;
    throw new FetchFault("unreachable", { cause });
  } finally {
    clearTimeout(timer);
    // Ends what is still arriving of an answer that was given up.
    controller.abort();
  }
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  let text = "";
  let bytes = 0;
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = await reader?.read() ?? { done: true, value: undefined };
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > maxBytes) throw new FetchFault("unreadable");
    text += decoder.decode(value, { stream: true });
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return null;
  }
}
