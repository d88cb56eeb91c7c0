/** Who is there: every tab holds a lock of its own, which the browser gives back when the tab ends, however it ends. */
export interface Presence {
  /** Resolves once this tab is seen by the others. */
  enter(tab: string): Promise<void>;
  /** Calls back when a tab has ended; not any more once the signal is aborted. */
  whenGone(tab: string, { signal, run }: { signal: AbortSignal; run: () => void }): void;
}

/** Presence by the Web Locks API. */
export function createPresence(locks: Pick<LockManager, "request">): Presence {
  const nameOf = (tab: string) => `kez-chat/tab/${tab}`;
  return {
    enter: (tab) =>
      new Promise((entered, failed) => {
        const hold = () => {
          entered();
          return new Promise<never>(() => {});
        };
        locks.request(nameOf(tab), hold).catch(failed);
      }),
    whenGone(tab, { signal, run }) {
      locks.request(nameOf(tab), { signal }, run).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    },
  };
}
