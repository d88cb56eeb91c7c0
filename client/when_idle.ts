/** Safari has no idle callback; a moment later is as good. */
const LATER_MS = 300;

/** Runs something once the page has nothing better to do. */
export function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run);
  else setTimeout(run, LATER_MS);
}
