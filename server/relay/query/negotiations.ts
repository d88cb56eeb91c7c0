import { bytesToHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { createNegentropySet, type NegentropySet } from "../../../protocol/negentropy.ts";
import type { Filter } from "../../../protocol/nostr_filter.ts";
import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import type { Budgets } from "../budget.ts";
import type { RelayLimits } from "../limits.ts";
import type { Stream } from "./merge.ts";
import { countValues } from "./filter_values.ts";
import { streamTask } from "./stream_task.ts";
import type { Reader } from "./subscription.ts";
import type { Scan } from "./subscriptions.ts";
import type { Store } from "../store/store.ts";
import type { Turns } from "../connection/turns.ts";

/** The open reconciliations of a connection. (NIP-77) */
export interface Negotiations {
  /** Collects what a filter finds now, then answers; in the place of an open one of the same id. */
  open(id: string, filter: Filter, message: Uint8Array): void;
  message(id: string, message: Uint8Array): void;
  close(id: string): void;
  /** Ends those that nothing was heard of for too long. */
  endIdle(): void;
  closeAll(): void;
}

export interface NegotiationsDeps {
  reader: Pick<Reader, "sendFrame" | "client">;
  scan: Scan;
  turns: Turns;
  read: Store["read"];
  /** What the client's reconciliations take up. */
  budgets: Pick<Budgets, "negotiating" | "scanning">;
  limits: Pick<RelayLimits, "maxNegotiations" | "negotiationIdleMs" | "maxNegotiatedEvents">;
  /** Names what the connection may read; what was collected is told only as long as it may read all of it. */
  readableAddrs(): ReadonlySet<string>;
  nowMs(): number;
  log: Log;
}

interface Negotiation {
  isOpen: boolean;
  /** Null while the events are collected, or a message is answered. */
  ready: NegentropySet | null;
  held: number;
  addrs: ReadonlySet<string>;
  heardAtMs: number;
}

/** Half of what a frame holds, because it is written in hex. */
const MAX_ANSWER_BYTES = 60_000;

/** Reconciliations over what a connection may read, each a snapshot of the moment in which it was opened. */
export function createNegotiations(deps: NegotiationsDeps): Negotiations {
  const { reader, scan, turns, read, limits, log } = deps;
  const { negotiating, scanning } = deps.budgets;
  const { client } = reader;
  const negotiations = new Map<string, Negotiation>();

  const close = (id: string): void => {
    const negotiation = negotiations.get(id);
    if (!negotiation) return;
    negotiation.isOpen = false;
    negotiating.give(client, negotiation.held);
    negotiation.held = 0;
    negotiations.delete(id);
  };
  const refuse = (id: string, message: string): void => {
    close(id);
    reader.sendFrame({ type: "NEG-ERR", id, message });
  };
  const fail = (id: string, error: unknown): void => {
    if (error instanceof ProtocolError) return refuse(id, `invalid: ${error.message}`);
    log.error("relay.negotiation_failed", faultFields(error));
    refuse(id, "error: the events could not be compared");
  };
  const answer = (
    id: string,
    { own, set, message }: { own: Negotiation; set: NegentropySet; message: Uint8Array },
  ): void => {
    const task = streamTask(answerStream(set, message), {
      read,
      isOpen: () => own.isOpen,
      take(bytes) {
        const readable = deps.readableAddrs();
        if (![...own.addrs].every((addr) => readable.has(addr))) {
          return refuse(id, "closed: what you may read has changed, begin again");
        }
        own.ready = set;
        reader.sendFrame({ type: "NEG-MSG", id, message: bytesToHex(bytes) });
      },
      done: () => {},
      onFailure: (error) => fail(id, error),
    });
    turns.add(reader, task);
  };

  return {
    open(id, filter, message) {
      close(id);
      if (negotiations.size >= limits.maxNegotiations) {
        return refuse(id, `blocked: at most ${limits.maxNegotiations} reconciliations at a time`);
      }
      const own: Negotiation = {
        isOpen: true,
        ready: null,
        held: 0,
        addrs: deps.readableAddrs(),
        heardAtMs: deps.nowMs(),
      };
      negotiations.set(id, own);
      const builder = createNegentropySet();
      const maxLimit = limits.maxNegotiatedEvents + 1;
      const values = countValues([filter]);
      scanning.take(client, values);
      const task = streamTask(scan([filter], { maxLimit, wantsJson: false }), {
        read,
        isOpen: () => own.isOpen,
        take({ id: eventId, createdAtS }) {
          if (own.held >= limits.maxNegotiatedEvents) {
            return refuse(id, `blocked: more than ${limits.maxNegotiatedEvents} events fit`);
          }
          if (!negotiating.take(client, 1)) {
            return refuse(id, "error: too much is compared now, try again later");
          }
          own.held += 1;
          builder.add({ id: eventId, createdAtS });
        },
        done: () => answer(id, { own, set: builder.seal(), message }),
        onFailure: (error) => fail(id, error),
        ended: () => scanning.give(client, values),
      });
      turns.add(reader, task);
    },

    message(id, message) {
      const own = negotiations.get(id);
      if (!own) return refuse(id, "closed: no reconciliation of this id is open");
      if (!own.ready) return refuse(id, "invalid: a message came before the last one's answer");
      own.heardAtMs = deps.nowMs();
      const set = own.ready;
      own.ready = null;
      answer(id, { own, set, message });
    },

    close,
    endIdle() {
      for (const [id, { heardAtMs }] of negotiations) {
        if (deps.nowMs() - heardAtMs <= limits.negotiationIdleMs) continue;
        refuse(id, "closed: nothing was heard for too long");
      }
    },
    closeAll() {
      for (const id of [...negotiations.keys()]) close(id);
    },
  };
}

/** The steps of an answer, then the answer. */
function* answerStream(set: NegentropySet, message: Uint8Array): Stream<Uint8Array> {
  yield yield* set.reconcileSteps(message, { frameSizeLimit: MAX_ANSWER_BYTES });
}
