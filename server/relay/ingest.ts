import { kindClass, type NostrEvent } from "../../protocol/nostr_event.ts";
import { errorText, type Log } from "../log.ts";
import type { PreparedEvent } from "./prepared_event.ts";
import type { InsertOutcome, Store } from "./store.ts";
import type { VerifyPool } from "./verify_pool.ts";

/** The answer to an EVENT: the last two members of NIP-01's OK. */
export interface IngestAnswer {
  accepted: boolean;
  message: string;
  /** True where the signature was wrong, which costs the sender a strike. */
  isForged?: boolean;
}

/** Takes events in: verify, store durably, answer, hand on. */
export interface Ingest {
  /** False while as much is in flight as memory is meant for; call {@link onRoom} then. */
  hasRoom(): boolean;
  /** Calls back once, when there is room again. */
  onRoom(callback: () => void): void;
  /** `answer` is called at most once, and for an accepted event only after it is durable. */
  submit(prepared: PreparedEvent, answer: (answer: IngestAnswer) => void): void;
  /** Ends when nothing is in flight. */
  drained(): Promise<void>;
}

export interface IngestDeps {
  store: Pick<Store, "has" | "insert" | "transaction">;
  verify: VerifyPool["verify"];
  /** Counts an event from a stranger for its reader; false where the reader got too many. */
  takeMail(reader: string, kind: number): boolean;
  /** Called for each new event, after it is durable and answered. */
  onAccepted(event: NostrEvent, json: string): void;
  defer(run: () => void): void;
  log: Log;
}

/** Events and bytes between their arrival and their answer. */
const MAX_IN_FLIGHT = 4_096;
const MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
/** Events of one commit: about 10 ms of inserts. */
const MAX_BATCH = 128;

interface Item {
  prepared: PreparedEvent;
  answer(answer: IngestAnswer): void;
}

/** Duplicate look-up → signature → queue → group commit → OK → live subscriptions. */
export function createIngest(deps: IngestDeps): Ingest {
  const { store, verify, defer, log } = deps;
  const queue: Item[] = [];
  let count = 0;
  let bytes = 0;
  let isFlushing = false;
  let waitingForRoom: (() => void)[] = [];
  const waitingForEnd: (() => void)[] = [];

  const hasRoom = () => count < MAX_IN_FLIGHT && bytes < MAX_IN_FLIGHT_BYTES;

  const settle = ({ prepared, answer }: Item, result: IngestAnswer | null): void => {
    count -= 1;
    bytes -= prepared.bytes;
    if (result) answer(result);
    if (hasRoom() && waitingForRoom.length > 0) {
      const callbacks = waitingForRoom;
      waitingForRoom = [];
      for (const callback of callbacks) defer(callback);
    }
    if (count === 0) waitingForEnd.splice(0).forEach((resolve) => resolve());
  };

  const flush = (): void => {
    isFlushing = false;
    const batch = queue.splice(0, MAX_BATCH);
    let answers: IngestAnswer[];
    try {
      answers = insertBatch(batch.map(({ prepared }) => prepared), deps);
    } catch (error) {
      log.error("relay.store_failed", { reason: errorText(error), events: batch.length });
      answers = batch.map(() => STORE_FAILED);
    }
    batch.forEach((item, i) => settle(item, answers[i]!));
    batch.forEach(({ prepared }, i) => {
      if (answers[i] === ACCEPTED) deps.onAccepted(prepared.event, prepared.json);
    });
    if (queue.length > 0) flushSoon();
  };

  const flushSoon = (): void => {
    if (isFlushing) return;
    isFlushing = true;
    defer(flush);
  };

  const check = async (item: Item): Promise<void> => {
    const isValid = await verify(item.prepared.event);
    if (isValid === null) return settle(item, null);
    if (!isValid) return settle(item, FORGED);
    queue.push(item);
    flushSoon();
  };

  return {
    hasRoom,
    onRoom: (callback) => {
      waitingForRoom.push(callback);
    },
    submit(prepared, answer) {
      if (store.has(prepared.event.id)) return answer(DUPLICATE);
      count += 1;
      bytes += prepared.bytes;
      void check({ prepared, answer });
    },
    drained: () =>
      count === 0 ? Promise.resolve() : new Promise((resolve) => waitingForEnd.push(resolve)),
  };
}

const ACCEPTED: IngestAnswer = { accepted: true, message: "" };
const DUPLICATE: IngestAnswer = {
  accepted: true,
  message: "duplicate: this event is already here",
};
const FORGED: IngestAnswer = {
  accepted: false,
  message: "invalid: the signature is not right",
  isForged: true,
};
const STORE_FAILED: IngestAnswer = {
  accepted: false,
  message: "error: the event could not be stored, try again later",
};
const TOO_MUCH_MAIL: IngestAnswer = {
  accepted: false,
  message: "rate-limited: this reader got too many events, try again later",
};
const ANSWERS: Record<InsertOutcome, IngestAnswer> = {
  stored: ACCEPTED,
  duplicate: DUPLICATE,
  older: {
    accepted: false,
    message: "duplicate: a newer version of this event is already here",
  },
  mailbox_full: {
    accepted: false,
    message: "rate-limited: the mailbox of this reader is full, try again later",
  },
};

/** Stores what is to be stored, in one commit. Throws where that fails; then none of the batch was. */
function insertBatch(batch: PreparedEvent[], { store, takeMail }: IngestDeps): IngestAnswer[] {
  const isEphemeral = batch.map(({ event }) => kindClass(event.kind) === "ephemeral");
  const mayTake = ({ event, heldFor }: PreparedEvent) =>
    heldFor === null || takeMail(heldFor, event.kind);
  let answers: IngestAnswer[] = [];
  const run = () => {
    answers = batch.map((prepared, i) => {
      if (!isEphemeral[i] && store.has(prepared.event.id)) return DUPLICATE;
      if (!mayTake(prepared)) return TOO_MUCH_MAIL;
      return isEphemeral[i] ? ACCEPTED : ANSWERS[store.insert(prepared)];
    });
  };
  if (isEphemeral.every(Boolean)) run();
  else store.transaction(run);
  return answers;
}
