import { percentile } from "./report.ts";

/** Deliveries since the last time they were asked for. */
export interface DeliverySpan {
  delivered: number;
  p50Ms: number;
  p99Ms: number;
}

/** Accounts for events of which each has one reader. */
export interface DeliveryLedger {
  /** An event goes out now that one subscriber is to have. */
  sent(id: string, atMs: number): void;
  /** A subscriber has an event. */
  received(id: string, atMs: number): void;
  /** Events that are on their way, or lost. */
  outstanding(): number;
  /** Events that came again, or that nobody was to have. */
  doubled(): number;
  /** What came since the last call. */
  takeSpan(): DeliverySpan;
}

/** A ledger without entries. */
export function createDeliveryLedger(): DeliveryLedger {
  const sentAtMs = new Map<string, number>();
  let latenciesMs: number[] = [];
  let doubled = 0;
  return {
    sent: (id, atMs) => {
      sentAtMs.set(id, atMs);
    },
    received(id, atMs) {
      const at = sentAtMs.get(id);
      if (at === undefined) return void (doubled += 1);
      sentAtMs.delete(id);
      latenciesMs.push(atMs - at);
    },
    outstanding: () => sentAtMs.size,
    doubled: () => doubled,
    takeSpan() {
      const taken = latenciesMs;
      latenciesMs = [];
      const [p50Ms, p99Ms] = [50, 99].map((percent) => percentile(taken, percent));
      return { delivered: taken.length, p50Ms: p50Ms!, p99Ms: p99Ms! };
    },
  };
}
