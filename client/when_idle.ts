/** Safari has no idle callback; a moment later is as good. */
const LATER_MS = 300;
/** A busy page does not put it off for ever. */
const LATEST_MS = 3_000;

/** Runs something once the page has nothing better to do, or after a few seconds. */
export function whenIdle(run: () => void): void {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(run, { timeout: LATEST_MS });
  else setTimeout(run, LATER_MS);
}
