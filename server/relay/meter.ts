import type { Ingest } from "./ingest/ingest.ts";

/** Is told what the relay does, in numbers: nothing of whom it is about. */
export interface RelayMeter {
  /** An event was answered. */
  event(accepted: boolean, message: string): void;
  /** An event was taken, and goes to live subscriptions in this moment. */
  delivery(seconds: number): void;
}

export const NO_METER: RelayMeter = { event: () => undefined, delivery: () => undefined };

/** Measures how long the events take that are taken anew. */
export function meteredIngest(
  ingest: Ingest,
  { meter, monotonicMs }: { meter: RelayMeter; monotonicMs(): number },
): Ingest {
  return {
    ...ingest,
    submit(prepared, answer) {
      const sinceMs = monotonicMs();
      ingest.submit(prepared, (result) => {
        if (result.accepted && result.message === "") {
          meter.delivery((monotonicMs() - sinceMs) / 1000);
        }
        answer(result);
      });
    },
  };
}
