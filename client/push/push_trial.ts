import type { BrowserSubscription } from "./browser_push.ts";
import { TEST_HOPS, type TestHop, type TestProgress } from "./push_model.ts";

/** The test of notifications: one push the whole way round, hop by hop. */
export interface PushTrial {
  /** Null while none was made. */
  readonly progress: TestProgress | null;
  /** Ends where a hop fails, or once the push is here. Never rejects. */
  run(): Promise<void>;
  /** What an earlier one came to holds no more. */
  forget(): void;
  /** A push has come to this device, and was shown. */
  arrived(): void;
  /** True while it waits for its push. */
  isExpecting(): boolean;
}

/** The hops up to the push service; whatever they throw is where the trial ends. */
export interface TrialWay {
  isAllowed(): boolean;
  subscribe(): Promise<BrowserSubscription>;
  list(subscription: BrowserSubscription): Promise<void>;
  /** False where the push service did not take it. */
  send(subscription: BrowserSubscription): Promise<boolean>;
}

/** A push that has not come by then is late, or lost. */
const ARRIVAL_MS = 20_000;

/** @param onChange called after each hop */
export function createPushTrial(
  { way, afterMs, onChange }: {
    way: TrialWay;
    /** Runs something after a time, unless the function that it returns is called before. */
    afterMs(ms: number, run: () => void): () => void;
    onChange(): void;
  },
): PushTrial {
  let progress: TestProgress | null = null;
  let expected: ((hasArrived: boolean) => void) | null = null;

  function expectArrival(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = afterMs(ARRIVAL_MS, () => expected?.(false));
      expected = (hasArrived) => {
        expected = null;
        cancel();
        resolve(hasArrived);
      };
    });
  }

  async function passes(hop: TestHop, pass: () => Promise<boolean>): Promise<boolean> {
    const isPassed = await pass().catch((error) => {
      console.debug(`The test of notifications ended at "${hop}"`, error);
      return false;
    });
    const { done } = progress!;
    progress = isPassed ? { done: [...done, hop], failed: null } : { done, failed: hop };
    onChange();
    return isPassed;
  }

  async function run(): Promise<void> {
    progress = { done: [], failed: null };
    let subscription: BrowserSubscription;
    let arrival: Promise<boolean>;
    const hops: Record<TestHop, () => Promise<boolean>> = {
      allowed: () => Promise.resolve(way.isAllowed()),
      async subscribed() {
        subscription = await way.subscribe();
        return true;
      },
      async listed() {
        await way.list(subscription);
        return true;
      },
      async sent() {
        // It may be here before the server says that it has left.
        arrival = expectArrival();
        return await way.send(subscription);
      },
      arrived: () => arrival,
    };
    for (const hop of TEST_HOPS) {
      if (!await passes(hop, hops[hop])) break;
    }
    expected?.(false);
  }

  return {
    get progress() {
      return progress;
    },
    run,
    forget() {
      progress = null;
    },
    arrived: () => expected?.(true),
    isExpecting: () => expected !== null,
  };
}
