/** Work in small pieces. */
export interface TurnTask {
  /**
   * Does one piece: a message, or of a scan as much as fits until `isOver()`. A promise: it must wait (for its reader)
   * and goes on after that.
   */
  run(isOver: () => boolean): "done" | "more" | Promise<void>;
}

/** Whose tasks run one after the other. */
export interface TurnOwner {
  /** Owners of one client share its turns: more sockets are not more time. Without it an owner stands for itself. */
  readonly client?: string;
}

/** Lets everybody's work take turns, so that nobody's holds up the rest. */
export interface Turns {
  /** Queues a task. Those of one owner run one after the other; clients take turns, and so do the owners of each. */
  add(owner: TurnOwner, task: TurnTask): void;
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
  const waiting = new Map<TurnOwner, TurnTask[]>();
  /** Owners that are ready, by client; the client whose turn is next stands first. */
  const ready = new Map<string | TurnOwner, TurnOwner[]>();
  let isPumping = false;
  let isStopped = false;

  const queue = (owner: TurnOwner): void => {
    const client = owner.client ?? owner;
    const owners = ready.get(client);
    if (owners) owners.push(owner);
    else ready.set(client, [owner]);
  };

  /** The owner whose turn it is; its client goes behind all others. */
  const take = (): TurnOwner | undefined => {
    const [next] = ready;
    if (!next) return undefined;
    const [client, owners] = next;
    const owner = owners.shift();
    ready.delete(client);
    if (owners.length > 0) ready.set(client, owners);
    return owner;
  };

  const wake = (owner: TurnOwner): void => {
    if (isStopped) return;
    queue(owner);
    if (isPumping) return;
    isPumping = true;
    defer(pump);
  };

  const finish = (owner: TurnOwner): void => {
    const tasks = waiting.get(owner);
    if (!tasks) return;
    tasks.shift();
    if (tasks.length > 0) queue(owner);
    else waiting.delete(owner);
  };

  const pump = (): void => {
    const endMs = monotonicMs() + SLICE_MS;
    const isOver = () => monotonicMs() >= endMs;
    do {
      const owner = take();
      const task = owner && waiting.get(owner)?.[0];
      if (!owner || !task) break;
      const outcome = task.run(isOver);
      if (outcome === "done") finish(owner);
      else if (outcome === "more") queue(owner);
      else void outcome.finally(() => wake(owner));
    } while (!isOver());
    isPumping = ready.size > 0;
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
      ready.clear();
    },
  };
}
