import type { RelayEnvironment } from "./relay_environment.ts";

/** Timers by name. */
export interface NamedTimers {
  /** A timer takes the place of the one with its name. Does nothing once stopped. */
  set(name: string, timer: { delayMs: number; callback: () => void }): void;
  cancel(name: string): void;
  /** Cancels all, for good. */
  stop(): void;
}

/** No timers yet. */
export function createNamedTimers(
  { setTimer }: Pick<RelayEnvironment, "setTimer">,
): NamedTimers {
  const cancels = new Map<string, () => void>();
  let isStopped = false;

  function cancel(name: string): void {
    cancels.get(name)?.();
    cancels.delete(name);
  }

  return {
    set(name, { delayMs, callback }) {
      cancel(name);
      if (isStopped) return;
      const onTimer = () => {
        cancels.delete(name);
        callback();
      };
      cancels.set(name, setTimer(onTimer, delayMs));
    },
    cancel,
    stop() {
      isStopped = true;
      for (const name of [...cancels.keys()]) cancel(name);
    },
  };
}
