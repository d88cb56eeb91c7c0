import { setImmediate } from "node:timers";

/** A clock that stands until it is moved, and the timers that go by it. */
export interface VirtualClock {
  nowMs(): number;
  /** Runs something when the clock gets there, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  /** Ends when the clock gets there. */
  wait(ms: number): Promise<void>;
  /** Moves the clock, timer by timer; after each, everything that follows of it is done first. */
  advance(ms: number): Promise<void>;
  /** Moves on to the last timer, as long as there are any. */
  runAll(): Promise<void>;
}

interface Timer {
  atMs: number;
  order: number;
  run(): void;
}

/** @param startMs what it shows at first */
export function createVirtualClock(startMs = Date.parse("2026-05-25T03:00:00Z")): VirtualClock {
  const timers = new Map<number, Timer>();
  let nowMs = startMs;
  let count = 0;

  /** Unlike a timer it comes at once, once there is nothing left that can go on. */
  const settle = () => new Promise<void>((resolve) => void setImmediate(resolve));

  function nextTimer(): Timer | null {
    let next: Timer | null = null;
    for (const timer of timers.values()) {
      const isSooner = !next || timer.atMs < next.atMs ||
        (timer.atMs === next.atMs && timer.order < next.order);
      if (isSooner) next = timer;
    }
    return next;
  }

  async function moveTo(untilMs: number): Promise<void> {
    await settle();
    for (let timer = nextTimer(); timer && timer.atMs <= untilMs; timer = nextTimer()) {
      nowMs = Math.max(nowMs, timer.atMs);
      // All of one moment, then what follows of them.
      for (const due of [...timers.values()].filter(({ atMs }) => atMs <= nowMs)) {
        if (timers.delete(due.order)) due.run();
      }
      await settle();
    }
    if (untilMs !== Infinity) nowMs = untilMs;
  }

  const afterMs: VirtualClock["afterMs"] = (ms, run) => {
    const order = count++;
    timers.set(order, { atMs: nowMs + Math.max(0, ms), order, run });
    return () => void timers.delete(order);
  };

  return {
    nowMs: () => nowMs,
    afterMs,
    wait: (ms) => new Promise((resolve) => afterMs(ms, resolve)),
    advance: (ms) => moveTo(nowMs + ms),
    runAll: () => moveTo(Infinity),
  };
}
