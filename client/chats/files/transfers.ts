/** What is on its way to a server, or from one: the file of one message. */
export interface Transfer {
  /** Aborted once nobody wants it any more. */
  readonly signal: AbortSignal;
  /** Tells how much of it is over, from 0 to 1. */
  note(share: number): void;
  /** It is over, in whatever way. */
  end(): void;
}

/** Files that are on their way, by the messages that name them. */
export interface Transfers {
  /** At most one of each message at a time. */
  begin(message: Name): Transfer;
  has(message: Name): boolean;
  /** From 0 to 1; null where nothing of the message is on its way, or not for long enough to be told. */
  progressOf(message: Name): number | null;
  cancel(message: Name): void;
  /** Calls the listener whenever progress has changed. Returns what ends it. */
  onChange(listener: () => void): () => void;
  /** Cancels all, and tells nothing any more. */
  stop(): void;
}

type Name = { from: string; id: string };

/** Steps in which progress is told; more would be drawn for nothing. */
const STEPS = 50;

/** @param toldAfterMs what is over sooner is never told: it would only flicker */
export function createTransfers(
  { setTimer, toldAfterMs = 0 }: {
    setTimer?(callback: () => void, delayMs: number): () => void;
    toldAfterMs?: number;
  } = {},
): Transfers {
  const running = new Map<string, { progress: number; isTold: boolean; ending: AbortController }>();
  const listeners = new Set<() => void>();
  let isStopped = false;

  function tell(): void {
    if (isStopped) return;
    for (const listener of listeners) listener();
  }

  return {
    begin(message) {
      const key = keyOf(message);
      const state = { progress: 0, isTold: false, ending: new AbortController() };
      const beTold = () => {
        state.isTold = true;
        tell();
      };
      running.set(key, state);
      if (isStopped) state.ending.abort();
      const endTimer = setTimer && toldAfterMs > 0 ? setTimer(beTold, toldAfterMs) : null;
      if (!endTimer) beTold();
      return {
        signal: state.ending.signal,
        note(share) {
          const progress = Math.min(1, Math.floor(share * STEPS) / STEPS);
          if (state.progress === progress) return;
          state.progress = progress;
          if (state.isTold) tell();
        },
        end() {
          endTimer?.();
          running.delete(key);
          if (state.isTold) tell();
        },
      };
    },
    has: (message) => running.has(keyOf(message)),
    progressOf(message) {
      const state = running.get(keyOf(message));
      return state?.isTold ? state.progress : null;
    },
    cancel: (message) => running.get(keyOf(message))?.ending.abort(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      isStopped = true;
      for (const { ending } of running.values()) ending.abort();
    },
  };
}

function keyOf({ from, id }: Name): string {
  return `${from} ${id}`;
}
