/** Runs tasks one after the other, each once the one before it has ended, well or not. */
export interface SerialQueue {
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** A queue with nothing in it. */
export function createSerialQueue(): SerialQueue {
  let last: Promise<unknown> = Promise.resolve();
  return {
    run(task) {
      const result = last.then(() => task());
      last = result.then(() => {}, () => {});
      return result;
    },
  };
}
