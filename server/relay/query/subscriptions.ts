import type { Filter } from "../../../protocol/nostr_filter.ts";
import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import type { Stream } from "./merge.ts";
import type { Monitors } from "./monitors.ts";
import type { Found, ScanRules } from "./scan.ts";
import { countValues } from "./filter_values.ts";
import { type StreamConsumer, streamTask } from "./stream_task.ts";
import { framePrefix, type Reader, type Subscription } from "./subscription.ts";
import type { Budgets } from "../budget.ts";
import type { Store } from "../store/store.ts";
import type { Turns } from "../connection/turns.ts";

/** The open subscriptions of a connection, and its counts. */
export interface Subscriptions {
  /** Opens one, in the place of an open one of the same id. (NIP-01) */
  open(id: string, filters: readonly Filter[]): void;
  close(id: string): void;
  /** Counts what is stored now. (NIP-45) */
  count(id: string, filters: readonly Filter[]): void;
  closeAll(): void;
}

/** What a connection may see of what is stored now. */
export type Scan = (
  filters: readonly Filter[],
  rules: Pick<ScanRules, "maxLimit" | "wantsJson">,
) => Stream<Found>;

export interface SubscriptionsDeps {
  reader: Reader;
  scan: Scan;
  monitors: Monitors<Subscription>;
  turns: Turns;
  read: Store["read"];
  /** What the client's filters take up. */
  budgets: Pick<Budgets, "listening" | "scanning">;
  /** Events that one filter gets at most, and that are counted at most. */
  limits: { maxLimit: number; maxCount: number };
  log: Log;
}

/** Subscriptions that answer with what is stored, then EOSE, and from their first moment with what comes live. */
export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const { reader, scan, monitors, turns, read, log, limits: { maxLimit, maxCount } } = deps;
  const { listening, scanning } = deps.budgets;
  const subscriptions = new Map<string, Subscription & { values: number }>();
  let isGone = false;

  const close = (id: string): void => {
    const subscription = subscriptions.get(id);
    if (!subscription) return;
    subscription.isOpen = false;
    subscriptions.delete(id);
    monitors.remove(subscription);
    listening.give(reader.client, subscription.values);
  };
  /** Runs a scan of the filters as soon as it is its turn; what it takes up is given back when it has ended. */
  const start = (
    filters: readonly Filter[],
    { maxLimit, wantsJson, ...consumer }:
      & StreamConsumer<Found>
      & Pick<ScanRules, "maxLimit" | "wantsJson">,
  ): void => {
    const values = countValues(filters);
    scanning.take(reader.client, values);
    const ended = () => scanning.give(reader.client, values);
    const stream = scan(filters, { maxLimit, wantsJson });
    turns.add(reader, streamTask(stream, { ...consumer, read, ended }));
  };
  const fail = (id: string, error: unknown): void => {
    log.error("relay.scan_failed", faultFields(error));
    const message = "error: the events could not be read";
    reader.sendFrame({ type: "CLOSED", id, message });
  };

  return {
    open(id, filters) {
      close(id);
      const values = countValues(filters);
      const subscription = { id, reader, values, isOpen: true };
      listening.take(reader.client, values);
      subscriptions.set(id, subscription);
      // Live before the scan, the scan only up to now: nothing is missed and nothing comes twice.
      monitors.add(subscription, filters);
      const prefix = framePrefix(id);
      start(filters, {
        maxLimit,
        wantsJson: true,
        isOpen: () => subscription.isOpen,
        take: ({ json }) => reader.send(`${prefix}${json}]`),
        mustWait: () => reader.isBusy() ? reader.drained() : null,
        done: () => reader.sendFrame({ type: "EOSE", id }),
        onFailure(error) {
          close(id);
          fail(id, error);
        },
      });
    },
    close,
    count(id, filters) {
      let count = 0;
      start(filters, {
        maxLimit: maxCount + 1,
        wantsJson: false,
        isOpen: () => !isGone,
        take: () => void (count += 1),
        done() {
          const counted = { count: Math.min(count, maxCount), isApproximate: count > maxCount };
          reader.sendFrame({ type: "COUNT", id, ...counted });
        },
        onFailure: (error) => fail(id, error),
      });
    },
    closeAll() {
      isGone = true;
      for (const id of [...subscriptions.keys()]) close(id);
    },
  };
}
