import { backoffMs } from "./backoff.ts";
import type { RelayEnvironment } from "./relay_environment.ts";

/** Items that leave in their order: the second is not tried before the first is through. */
export interface DeliveryLane<T> {
  add(item: T): void;
  remove(item: T): void;
  has(item: T): boolean;
  /** Tries again at once; the next waits begin at 1 s again. */
  kick(): void;
  stop(): void;
}

/**
 * A lane that tries its first item until it is through, with growing waits between, and none while the device is
 * offline: `kick` it when the network is back.
 *
 * @param attempt resolves to true once the item is through; it is then gone from the lane. Must not reject.
 */
export function createDeliveryLane<T>(
  { attempt, environment }: {
    attempt(item: T): Promise<boolean>;
    environment: Pick<RelayEnvironment, "setTimer" | "random" | "isOnline">;
  },
): DeliveryLane<T> {
  const items: T[] = [];
  let failures = 0;
  let isBusy = false;
  let isKicked = false;
  let isStopped = false;
  let isResting = false;
  let cancelTimer = () => {};

  async function work(): Promise<void> {
    if (isBusy || isStopped) return;
    isBusy = true;
    cancelTimer();
    isResting = false;
    while (items.length > 0 && !isStopped && !isResting) {
      isKicked = false;
      const item = items[0]!;
      if (await attempt(item)) {
        failures = 0;
        remove(item);
      } else if (!isKicked) rest();
    }
    isBusy = false;
  }

  function rest(): void {
    isResting = true;
    failures++;
    if (!environment.isOnline() || isStopped) return;
    cancelTimer = environment.setTimer(wakeUp, backoffMs(failures, environment.random()));
  }

  function wakeUp(): void {
    isResting = false;
    void work();
  }

  function remove(item: T): void {
    const at = items.indexOf(item);
    if (at >= 0) items.splice(at, 1);
  }

  return {
    add(item) {
      items.push(item);
      if (!isResting) void work();
    },
    remove,
    has: (item) => items.includes(item),
    kick() {
      failures = 0;
      isKicked = true;
      wakeUp();
    },
    stop() {
      isStopped = true;
      cancelTimer();
    },
  };
}
