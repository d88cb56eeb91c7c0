import type { Store } from "../store/store.ts";
import type { Stream } from "./merge.ts";
import type { TurnTask } from "../connection/turns.ts";

/** What becomes of a stream's items. */
export interface StreamConsumer<T> {
  /** False ends the task without another word. */
  isOpen(): boolean;
  take(item: T): void;
  /** Asked at each pause; a promise: the task goes on when it ends. */
  mustWait?(): Promise<void> | null;
  /** Called once, behind the last item. */
  done(): void;
  /** Called once, where the stream or the consumer threw. */
  onFailure(error: unknown): void;
  /** Called once, when nothing more follows: after `done`, after `onFailure`, or without either. */
  ended?(): void;
}

/**
 * Runs a stream to its end, a slice a turn. It pauses at null items alone: what stands between two of them is read and taken
 * in one go, so that nothing changes in between.
 *
 * @param read runs a slice: as one read of the store, where the stream reads it
 */
export function streamTask<T>(
  stream: Stream<T>,
  { read, ...consumer }: StreamConsumer<T> & { read: Store["read"] },
): TurnTask {
  const step = (isOver: () => boolean): "done" | "more" | Promise<void> => {
    while (consumer.isOpen()) {
      const { done, value } = stream.next();
      if (done) {
        consumer.done();
        return "done";
      }
      if (value !== null) consumer.take(value as T);
      else {
        const wait = consumer.mustWait?.();
        if (wait) return wait;
        if (isOver()) return "more";
      }
    }
    return "done";
  };
  return {
    run(isOver) {
      let outcome: ReturnType<TurnTask["run"]> = "done";
      try {
        outcome = read(() => step(isOver));
      } catch (error) {
        consumer.onFailure(error);
      }
      if (outcome === "done") consumer.ended?.();
      return outcome;
    },
  };
}
