/** Sees to it that one tab of this origin at a time has the session. */
export interface TabLock {
  /** Begins to wait for the lock; the calls of `holder` tell what becomes of it. */
  start(holder: TabLockHolder): void;
  /** Takes the lock away from the tab that holds it. */
  take(): void;
}

export interface TabLockHolder {
  onHeld(): void;
  /** Another tab holds it, for longer than a reload takes; or has taken it away. */
  onElsewhere(): void;
}

/** A page that is being reloaded gives its lock up within this; until then nobody is told to wait. */
const RELOAD_MS = 1_000;

/**
 * The lock by the Web Locks API: held until the page ends, or another tab takes it; then this tab waits again.
 *
 * @param afterMs calls back once after so many milliseconds
 */
export function createTabLock(
  { locks, name, afterMs = (ms, run) => void setTimeout(run, ms) }: {
    locks: Pick<LockManager, "request">;
    name: string;
    afterMs?: (ms: number, run: () => void) => void;
  },
): TabLock {
  let holder: TabLockHolder | null = null;
  let waiting = new AbortController();

  async function request({ steal }: { steal: boolean }): Promise<void> {
    const own = waiting = new AbortController();
    let isHeld = false;
    const hold = (): Promise<never> => {
      isHeld = true;
      holder?.onHeld();
      return new Promise<never>(() => {});
    };
    try {
      await locks.request(name, steal ? { steal } : { signal: own.signal }, hold);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
      // Not held: this request was given up for one that takes the lock.
      if (!isHeld) return;
      holder?.onElsewhere();
      return await request({ steal: false });
    }
  }

  return {
    start(newHolder) {
      let isHeld = false;
      holder = {
        onHeld() {
          isHeld = true;
          newHolder.onHeld();
        },
        onElsewhere: () => newHolder.onElsewhere(),
      };
      void request({ steal: false });
      afterMs(RELOAD_MS, () => isHeld || newHolder.onElsewhere());
    },
    take() {
      waiting.abort();
      void request({ steal: true });
    },
  };
}
