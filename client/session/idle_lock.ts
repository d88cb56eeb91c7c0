import type { Session } from "./session.ts";

/** How tabs of this origin hear that the app is in use in another one. */
export interface UseChannel {
  post(): void;
  listen(listener: () => void): void;
}

/** Locks the account after a time without use, where that is wished, and keeps the device's session fresh meanwhile. */
export interface IdleLock {
  /** A person has pressed, typed or scrolled. */
  used(): void;
  /** Looks at the clock: timers stand still while a device sleeps. */
  look(): void;
}

export interface IdleLockDeps {
  session: Pick<Session, "phase" | "locks" | "onChange" | "lock" | "keepOpen">;
  channel: UseChannel;
  nowMs: () => number;
  /** Calls once later; returns what ends it. */
  afterMs: (delayMs: number, run: () => void) => () => void;
  onFault: (error: unknown) => void;
}

/** Other tabs hear of use so often at most. */
const TELL_EVERY_MS = 2_000;
const MIN_KEEP_MS = 5_000;
const MAX_KEEP_MS = 60 * 60_000;

export function createIdleLock(
  { session, channel, nowMs, afterMs, onFault }: IdleLockDeps,
): IdleLock {
  let lastMs = nowMs();
  let toldMs = 0;
  let keptMs = nowMs();
  let wasOpen = session.phase === "unlocked";
  let endTimer = (): void => {};

  const limitMs = () => session.phase === "unlocked" ? session.locks?.autoLockMs ?? null : null;

  function isOverdue(): boolean {
    const limit = limitMs();
    return limit !== null && nowMs() - lastMs >= limit;
  }

  function arm(): void {
    endTimer();
    const limit = limitMs();
    if (limit !== null) endTimer = afterMs(Math.max(0, lastMs + limit - nowMs()), look);
  }

  function look(): void {
    if (isOverdue()) session.lock().catch(onFault);
    else arm();
  }

  /** So that a reload soon after finds the session as fresh as the person left it. */
  function keepFresh(): void {
    const limit = limitMs();
    const everyMs = limit === null
      ? MAX_KEEP_MS
      : Math.min(MAX_KEEP_MS, Math.max(MIN_KEEP_MS, limit / 10));
    if (session.phase !== "unlocked" || nowMs() - keptMs < everyMs) return;
    keptMs = nowMs();
    session.keepOpen().catch(onFault);
  }

  function note(): void {
    // Whoever comes back too late finds it locked, by whatever they touch first.
    if (isOverdue()) return look();
    lastMs = nowMs();
    keepFresh();
  }

  session.onChange(() => {
    const isOpen = session.phase === "unlocked";
    if (isOpen && !wasOpen) lastMs = keptMs = nowMs();
    wasOpen = isOpen;
    look();
  });
  channel.listen(note);

  return {
    look,
    used() {
      note();
      if (nowMs() - toldMs < TELL_EVERY_MS) return;
      toldMs = nowMs();
      channel.post();
    },
  };
}
