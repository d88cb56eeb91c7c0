/** A scan in slices. */
export interface ScanTask {
  /**
   * Goes on until it is done or `isOver()`. A promise: it must wait (for its reader) and goes on after that.
   */
  run(isOver: () => boolean): "done" | "more" | Promise<void>;
}

export interface ScanScheduler {
  /** Queues a task. Those of one owner run one after the other, owners take turns. */
  add(owner: object, task: ScanTask): void;
  /** Drops everything. */
  stop(): void;
}

/** Events come between two slices, so this is what a scan adds to the answer of anything else. */
const SLICE_MS = 10;

/** Runs scans in slices of {@link SLICE_MS}, letting everything else happen in between. */
export function createScanScheduler(
  { monotonicMs, defer }: { monotonicMs(): number; defer(run: () => void): void },
): ScanScheduler {
  const waiting = new Map<object, ScanTask[]>();
  let ready: object[] = [];
  let isPumping = false;
  let isStopped = false;

  const wake = (owner: object): void => {
    if (isStopped) return;
    ready.push(owner);
    if (isPumping) return;
    isPumping = true;
    defer(pump);
  };

  const finish = (owner: object): void => {
    const tasks = waiting.get(owner)!;
    tasks.shift();
    if (tasks.length > 0) ready.push(owner);
    else waiting.delete(owner);
  };

  const pump = (): void => {
    const endMs = monotonicMs() + SLICE_MS;
    const isOver = () => monotonicMs() >= endMs;
    do {
      const owner = ready.shift();
      if (!owner) break;
      const outcome = waiting.get(owner)![0]!.run(isOver);
      if (outcome === "done") finish(owner);
      else if (outcome === "more") ready.push(owner);
      else void outcome.finally(() => wake(owner));
    } while (!isOver());
    isPumping = ready.length > 0;
    if (isPumping) defer(pump);
  };

  return {
    add(owner, task) {
      if (isStopped) return;
      const tasks = waiting.get(owner);
      if (tasks) tasks.push(task);
      else {
        waiting.set(owner, [task]);
        wake(owner);
      }
    },
    stop() {
      isStopped = true;
      waiting.clear();
      ready = [];
    },
  };
}
