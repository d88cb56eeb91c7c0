const MAX_AT_ONCE = 4;

/** Does something for each of a list, some at a time. */
export async function eachOf<T>(
  list: readonly T[],
  task: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...list];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, worker));
}
