/** Work in small pieces. */
export interface TurnTask {
  /**
   * Does one piece: a message, or of a scan as much as fits until `isOver()`. A promise: it must wait (for its reader)
   * and goes on after that.
   */
  run(isOver: () => boolean): "done" | "more" | Promise<void>;
}

/** Lets everybody's work take turns, so that nobody's holds up the rest. */
export interface Turns {
  /** Queues a task. Those of one owner run one after the other, owners take turns. */
  add(owner: object, task: TurnTask): void;
  /** Drops everything. */
  stop(): void;
}

/**
 * After this long, sockets, signatures and commits come first: it is what one client's work adds to the answer of
 * another's. Specification page 4 allows 10 ms.
 */
const SLICE_MS = 5;

/** Runs tasks round robin, in slices of {@link SLICE_MS} with everything else in between. */
export function createTurns(
  { monotonicMs, defer }: { monotonicMs(): number; defer(run: () => void): void },
): Turns {
  const waiting = new Map<object, TurnTask[]>();
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
    const tasks = waiting.get(owner);
    if (!tasks) return;
    tasks.shift();
    if (tasks.length > 0) ready.push(owner);
    else waiting.delete(owner);
  };

  const pump = (): void => {
    const endMs = monotonicMs() + SLICE_MS;
    const isOver = () => monotonicMs() >= endMs;
    do {
      const owner = ready.shift();
      const task = owner && waiting.get(owner)?.[0];
      if (!owner || !task) break;
      const outcome = task.run(isOver);
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
      if (tasks) return void tasks.push(task);
      waiting.set(owner, [task]);
      wake(owner);
    },
    stop() {
      isStopped = true;
      waiting.clear();
      ready = [];
    },
  };
}
