import type { PushHost } from "../config.ts";
import { closeQuietly, type PinnedConnect } from "../pinned_connection.ts";
import { untilAborted } from "../until_aborted.ts";
import { parsePushEndpoint } from "./endpoint.ts";
import { postOver } from "./post_over.ts";
import type { Vapid } from "./vapid.ts";

/** What a push service made of one push. */
export type PushOutcome =
  | { type: "delivered" }
  /** The subscription is no more. (404, 410) */
  | { type: "gone" }
  /** Sending it again would change nothing. */
  | { type: "refused"; status: number }
  /** Worth another try, not before `retryAfterMs`. `status` is null where there was no answer. */
  | { type: "failed"; status: number | null; retryAfterMs: number };

/** Sends one empty push; never throws. */
export type PostPush = (endpoint: string, signal: AbortSignal) => Promise<PushOutcome>;

/** All that one push may take. (Specification page 3) */
const PUSH_TIMEOUT_MS = 10_000;

/** A later push takes the place of one that its device has not fetched yet: they all say the same. (RFC 8030 §5.4) */
const HEADERS = { "TTL": 86_400, "Urgency": "high", "Topic": "mail", "Content-Length": 0 };

/** Pushes over connections that are checked, with RFC 8030's headers and no body. */
export function createPostPush(
  { connect, vapid, pushHosts, nowMs, timeoutMs = PUSH_TIMEOUT_MS }: {
    connect: PinnedConnect;
    vapid: Pick<Vapid, "authorization">;
    pushHosts: readonly PushHost[];
    nowMs(): number;
    timeoutMs?: number;
  },
): PostPush {
  return async (text, stopping) => {
    const endpoint = parsePushEndpoint(text, pushHosts);
    // The operator has taken its service off the list.
    if (!endpoint) return { type: "gone" };
    const { url, target } = endpoint;
    const ending = new AbortController();
    const end = () => ending.abort(new Error("the push was given up"));
    const timer = setTimeout(end, timeoutMs);
    stopping.addEventListener("abort", end, { once: true });
    const { signal } = ending;
    try {
      const connection = await untilAborted(connect(target, signal), {
        signal,
        onLate: closeQuietly,
      });
      const close = () => closeQuietly(connection);
      signal.addEventListener("abort", close, { once: true });
      try {
        const authorization = await vapid.authorization(url.origin);
        const headers = { ...HEADERS, "Authorization": authorization };
        const { status, retryAfter } = await postOver(connection, url, headers);
        return outcomeOf(status, { retryAfter, nowMs: nowMs() });
      } finally {
        close();
      }
    } catch {
      // No connection, no answer in time, no HTTP: in each case it is tried again.
      return { type: "failed", status: null, retryAfterMs: 0 };
    } finally {
      clearTimeout(timer);
      stopping.removeEventListener("abort", end);
    }
  };
}

/** What a push service's status means for the sender. (RFC 8030 §5 and §8.4) */
export function outcomeOf(
  status: number,
  { retryAfter, nowMs }: { retryAfter: string | null; nowMs: number },
): PushOutcome {
  if (status >= 200 && status < 300) return { type: "delivered" };
  if (status === 404 || status === 410) return { type: "gone" };
  if (status === 429 || status >= 500) {
    return { type: "failed", status, retryAfterMs: parseRetryAfter(retryAfter, nowMs) };
  }
  return { type: "refused", status };
}

/** Seconds or a date, as milliseconds from now; 0 where it says nothing. (RFC 9110 §10.2.3) */
function parseRetryAfter(text: string | null, nowMs: number): number {
  if (text === null) return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - nowMs);
}
