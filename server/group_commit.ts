/** Writes single keys to Deno KV, many in one commit: a commit of one costs as much as a commit of hundreds. */
export interface GroupCommit {
  /** Ends when the value is durable. @throws what Deno KV throws */
  set(key: Deno.KvKey, value: unknown, options?: { expireIn?: number }): Promise<void>;
  /** Ends when nothing is being written. */
  settled(): Promise<void>;
}

interface Waiting {
  key: Deno.KvKey;
  value: unknown;
  options: { expireIn?: number };
  resolve(): void;
  reject(error: unknown): void;
}

const MAX_ROWS_A_COMMIT = 500;

/** A writer whose values are committed in the order in which they were given. */
export function createGroupCommit(kv: Deno.Kv): GroupCommit {
  const queue: Waiting[] = [];
  let running: Promise<void> | null = null;

  async function commitAll(): Promise<void> {
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_ROWS_A_COMMIT);
      const commit = kv.atomic();
      for (const { key, value, options } of batch) commit.set(key, value, options);
      try {
        await commit.commit();
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    running = null;
  }

  return {
    set: (key, value, options = {}) =>
      new Promise((resolve, reject) => {
        queue.push({ key, value, options, resolve, reject });
        // Whatever is asked for in the same turn shares the commit.
        running ??= Promise.resolve().then(commitAll);
      }),
    settled: () => running ?? Promise.resolve(),
  };
}
