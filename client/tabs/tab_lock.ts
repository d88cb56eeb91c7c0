/** Sees to it that one tab of this origin at a time leads. */
export interface TabLock {
  /** Begins to wait for the lock; the calls of `holder` tell what becomes of it. */
  start(holder: TabLockHolder): void;
  /** Takes the lock away from the tab that holds it. */
  take(): void;
  /** Gives the lock back, and waits for it in turn. */
  stepDown(): void;
}

export interface TabLockHolder {
  onHeld(): void;
  /** Another tab has taken it away, or it was given back. */
  onLost(): void;
}

/** The lock by the Web Locks API: held until the page ends, or another tab takes it; then this tab waits again. */
export function createTabLock(
  { locks, name }: { locks: Pick<LockManager, "request">; name: string },
): TabLock {
  let holder: TabLockHolder | null = null;
  let waiting = new AbortController();
  let giveBack = () => {};
  let state: "waiting" | "taking" | "held" = "waiting";

  async function request({ steal }: { steal: boolean }): Promise<void> {
    const own = waiting = new AbortController();
    const hold = (): Promise<void> => {
      state = "held";
      holder?.onHeld();
      return new Promise((resolve) => giveBack = resolve);
    };
    try {
      await locks.request(name, steal ? { steal } : { signal: own.signal }, hold);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      // This request was given up for one that takes the lock.
      if (own.signal.aborted) return;
    }
    state = "waiting";
    holder?.onLost();
    return await request({ steal: false });
  }

  return {
    start(newHolder) {
      holder = newHolder;
      void request({ steal: false });
    },
    take() {
      if (state !== "waiting") return;
      state = "taking";
      waiting.abort();
      void request({ steal: true });
    },
    stepDown() {
      if (state === "held") giveBack();
    },
  };
}
