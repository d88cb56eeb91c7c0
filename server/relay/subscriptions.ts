import type { Filter } from "../../protocol/nostr_filter.ts";
import { errorText, type Log } from "../log.ts";
import type { Mailboxes } from "./access.ts";
import type { Monitors } from "./monitors.ts";
import { scanFilters } from "./scan.ts";
import type { Store } from "./store.ts";
import { type Reader, scanTask, type Subscription } from "./subscription.ts";
import type { Turns } from "./turns.ts";

/** The open subscriptions of a connection. */
export interface Subscriptions {
  /** Opens one, in the place of an open one of the same id. */
  open(id: string, filters: readonly Filter[]): void;
  close(id: string): void;
  closeAll(): void;
}

export interface SubscriptionsDeps {
  reader: Reader;
  /** Where the reader's private events are. */
  mailboxes(): Mailboxes;
  /** Called after a subscription was closed because the store could not be read. */
  onFailure(id: string): void;
  store: Pick<Store, "get" | "pages" | "lastSeq">;
  monitors: Monitors<Subscription>;
  turns: Turns;
  /** Events that one filter gets at most. */
  maxLimit: number;
  nowS(): number;
  log: Log;
}

/** Subscriptions that answer with what is stored, then EOSE, and from their first moment with what comes live. */
export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const { reader, store, monitors, turns, maxLimit, nowS, log } = deps;
  const subscriptions = new Map<string, Subscription>();

  const close = (id: string): void => {
    const subscription = subscriptions.get(id);
    if (!subscription) return;
    subscription.isOpen = false;
    subscriptions.delete(id);
    monitors.remove(subscription);
  };

  return {
    open(id, filters) {
      close(id);
      const subscription: Subscription = { id, reader, isOpen: true };
      subscriptions.set(id, subscription);
      // Live before the scan, the scan only up to now: nothing is missed and nothing comes twice.
      monitors.add(subscription, filters);
      const lastSeq = store.lastSeq();
      const { canRead } = reader;
      const mailboxes = deps.mailboxes();
      const stream = scanFilters(filters, { store, lastSeq, maxLimit, mailboxes, canRead, nowS });
      const onFailure = (error: unknown) => {
        log.error("relay.scan_failed", { reason: errorText(error) });
        if (!subscription.isOpen) return;
        close(id);
        deps.onFailure(id);
      };
      turns.add(reader, scanTask(subscription, { stream, onFailure }));
    },
    close,
    closeAll() {
      for (const id of [...subscriptions.keys()]) close(id);
    },
  };
}
