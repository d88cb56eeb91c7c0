import * as v from "valibot";
import type { ControlCalls } from "./control/control_calls.ts";

/** Tells the operator's doctor whom the server takes it for when it comes in by the front door. */
export interface VisitorWatch {
  /** A request has brought a token; what nobody waits for is forgotten at once. */
  seen(token: string, caller: string): void;
  calls: ControlCalls;
}

const MAX_WAITING = 4;
const TIMEOUT_MS = 15_000;
const WatchShape = v.object({ token: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) });

/**
 * `visitor.watch` with a token: sends a part when it listens, and answers with who is counted for the request to
 * `GET /v1/healthz?visitor=<token>`; null where none came in time.
 */
export function createVisitorWatch(): VisitorWatch {
  const waiting = new Map<string, (caller: string | null) => void>();

  async function watch(token: string, signal: AbortSignal, begin: () => Promise<void>) {
    if (waiting.size >= MAX_WAITING) return null;
    const caller = Promise.withResolvers<string | null>();
    const timer = setTimeout(() => caller.resolve(null), TIMEOUT_MS);
    signal.addEventListener("abort", () => caller.resolve(null), { once: true });
    waiting.set(token, caller.resolve);
    try {
      await begin();
      return await caller.promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(token);
    }
  }

  return {
    seen: (token, caller) => waiting.get(token)?.(caller),
    calls: {
      "visitor.watch": (params, { send, signal }) =>
        watch(v.parse(WatchShape, params).token, signal, () => send("listening")),
    },
  };
}
