/** What connections to relays need of the world around them. */
export interface RelayEnvironment {
  /** @throws DOMException where the URL is none, or the page may not connect to it */
  openSocket(url: string): WebSocket;
  /** Calls back once after a delay; returns what cancels it. */
  setTimer(callback: () => void, delayMs: number): () => void;
  /** From 0 up to 1. */
  random(): number;
  /** Milliseconds since 1970, corrected by the server's clock: what goes out is dated by it. */
  nowMs(): number;
  /** False while the device knows that it has no network. */
  isOnline(): boolean;
  /** Calls the listener when the network comes or goes, and when the app is looked at again. Returns what ends it. */
  onWake(listener: () => void): () => void;
}

/**
 * The environment of a page.
 *
 * @param serverOffsetMs what to add to the device's clock to get the server's, as last seen
 */
export function createBrowserEnvironment(
  { serverOffsetMs }: { serverOffsetMs: () => number },
): RelayEnvironment {
  return {
    openSocket: (url) => new WebSocket(url),
    setTimer(callback, delayMs) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    nowMs: () => Date.now() + serverOffsetMs(),
    isOnline: () => navigator.onLine,
    onWake(listener) {
      const ending = new AbortController();
      const { signal } = ending;
      const whenVisible = () => document.visibilityState === "visible" && listener();
      addEventListener("online", listener, { signal });
      addEventListener("offline", listener, { signal });
      document.addEventListener("visibilitychange", whenVisible, { signal });
      return () => ending.abort();
    },
  };
}
