/** Runs so many tasks of one name at a time; the others of that name wait, in their order. */
export interface Lanes {
  run<T>(name: string, task: () => Promise<T>): Promise<T>;
}

/** @param maxRunning of each name */
export function createLanes(maxRunning: number): Lanes {
  const running = new Map<string, { count: number; waiting: (() => void)[] }>();

  function leave(name: string): void {
    const lane = running.get(name)!;
    const next = lane.waiting.shift();
    if (next) return next();
    if (--lane.count === 0) running.delete(name);
  }

  return {
    async run(name, task) {
      const lane = running.get(name) ?? { count: 0, waiting: [] };
      running.set(name, lane);
      if (lane.count < maxRunning) lane.count++;
      else await new Promise<void>((resolve) => lane.waiting.push(resolve));
      try {
        return await task();
      } finally {
        leave(name);
      }
    },
  };
}
