/** A reading of the clock for the screen, renewed every half minute, so that `14:03` becomes `Yesterday` by itself. */
export function createClock(): { readonly nowMs: number } {
  const INTERVAL_MS = 30_000;
  let nowMs = $state(Date.now());
  $effect(() => {
    const timer = setInterval(() => (nowMs = Date.now()), INTERVAL_MS);
    return () => clearInterval(timer);
  });
  return {
    get nowMs() {
      return nowMs;
    },
  };
}
