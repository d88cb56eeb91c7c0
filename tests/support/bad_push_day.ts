import type { PushAnswer, ReceivedPush } from "./push_service.ts";
import type { Random } from "./random.ts";

/** A push service that has a bad day, and what it did to each device (the path of its endpoint). */
export interface BadPushDay {
  /** 5 % 429, 5 % 500, 2 % 410, 1 % no answer at all; else 201. */
  answer(push: ReceivedPush): PushAnswer;
  /** When each device was last told, in milliseconds. */
  readonly toldMs: ReadonlyMap<string, number>;
  /** When pushes to each device came, retries aside. */
  readonly begunMs: ReadonlyMap<string, readonly number[]>;
  /** Devices that are no more. */
  readonly gone: ReadonlySet<string>;
  /** Devices whose last push failed so often that no server tries again. */
  readonly givenUp: ReadonlySet<string>;
  /** From now on it answers at least. */
  stopHanging(): void;
}

/** A push and its three retries. (Specification page 3) */
const MAX_ATTEMPTS = 4;

/** @param maxFailuresInARow of one device; with less than four of them nothing is given up */
export function createBadPushDay(
  { random, maxFailuresInARow = MAX_ATTEMPTS }: {
    random: Pick<Random, "int">;
    maxFailuresInARow?: number;
  },
): BadPushDay {
  const toldMs = new Map<string, number>();
  const begunMs = new Map<string, number[]>();
  const failures = new Map<string, number>();
  const gone = new Set<string>();
  const givenUp = new Set<string>();
  let mayHang = true;

  function told({ path, atMs }: ReceivedPush): Response {
    toldMs.set(path, atMs);
    failures.delete(path);
    return new Response(null, { status: 201 });
  }

  return {
    ...{ toldMs, begunMs, gone, givenUp },
    answer(push) {
      const { path, atMs } = push;
      const failed = failures.get(path) ?? 0;
      const isRetry = failed > 0 && !givenUp.delete(path);
      if (!isRetry) begunMs.set(path, [...begunMs.get(path) ?? [], atMs]);
      const of100 = random.int(100);
      if (gone.has(path) || of100 >= 10 && of100 < 12) {
        gone.add(path);
        return new Response(null, { status: 410 });
      }
      const hangs = of100 === 12 && mayHang;
      if (of100 >= 10 && !hangs || isRetry && failed >= maxFailuresInARow) return told(push);
      failures.set(path, isRetry ? failed + 1 : 1);
      if (failures.get(path) === MAX_ATTEMPTS) givenUp.add(path);
      if (hangs) return null;
      return of100 < 5
        ? new Response(null, { status: 429, headers: { "Retry-After": "1" } })
        : new Response(null, { status: 500 });
    },
    stopHanging() {
      mayHang = false;
    },
  };
}
