import type { IdleLock, UseChannel } from "./idle_lock.ts";

/** What counts as use of the app. */
const SIGNALS = ["pointerdown", "keydown", "wheel", "touchmove"] as const;

/** Tells of every use of the page, and of every return to it. */
export function followUse(page: Document, { used, look }: IdleLock): void {
  for (const signal of SIGNALS) {
    page.addEventListener(signal, used, { passive: true, capture: true });
  }
  page.addEventListener("visibilitychange", look);
}

/** @param name every tab of the origin that names it hears the others */
export function createUseChannel(name: string): UseChannel {
  const channel = new BroadcastChannel(name);
  return {
    post: () => channel.postMessage(null),
    listen: (listener) => channel.addEventListener("message", listener),
  };
}
