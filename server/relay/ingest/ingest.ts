import { kindClass, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import type { Charge, PreparedEvent } from "../events/prepared_event.ts";
import { createRecentIds, type RecentIds } from "./recent_ids.ts";
import type { InsertOutcome, Store } from "../store/store.ts";
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
  /** True where the operator does not want an event; it may have been let in before that was said. */
  isBanned(event: NostrEvent): boolean;
  /** Counts an event for whom it is charged to; false where these were too many. */
  takeToken(charge: Charge, kind: number): boolean;
  /** Hands an event on to the relay of its reader, and gives that one's answer. */
  forward(relay: string, event: NostrEvent): Promise<IngestAnswer>;
  /** Removes what stored requests ask to remove; ends when it is gone. @throws where that failed for now */
  removeRequested(): Promise<void>;
  /** Called for each new event, after it is durable and answered. */
  onAccepted(event: NostrEvent, json: string): void;
  defer(run: () => void): void;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

/** Events and bytes between their arrival and their answer. */
const MAX_IN_FLIGHT = 4_096;
const MAX_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
/** What waits for other relays has half of that: one that hangs shall not keep out what is for this one. */
const MAX_HANDED_ON = MAX_IN_FLIGHT / 2;
const MAX_HANDED_ON_BYTES = MAX_IN_FLIGHT_BYTES / 2;
/** Rows of one commit, an event's own and one for each of its tags: about 10 ms of inserts. */
const MAX_BATCH_ROWS = 384;
/** What each tag of a request that removes events takes: its own row, and one for each of whom it is by. */
const ROWS_A_TARGET = 3;

/** How long verified events wait for others that are still being verified, to share a commit; and how many do not wait. */
const GATHER_MS = 2;
const GATHERED = 64;
/** Ephemeral events that are known when they come again. */
const RECENT_EPHEMERAL = 16_384;

interface Item {
  prepared: PreparedEvent;
  answer(answer: IngestAnswer): void;
}

/** Duplicate look-up → signature → queue → group commit → OK → live subscriptions. (NIPs 9 and 62 at the commit) */
export function createIngest(deps: IngestDeps): Ingest {
  const { store, verify, defer, log } = deps;
  const queue: Item[] = [];
  let count = 0;
  let bytes = 0;
  let verifying = 0;
  const handedOn = { count: 0, bytes: 0 };
  /** Requests that are stored, and whose answer waits for what they remove. */
  let requests = 0;
  const recentEphemeral = createRecentIds(RECENT_EPHEMERAL);
  let isFlushing = false;
  let stopGathering: (() => void) | null = null;
  let waitingForRoom: (() => void)[] = [];
  const waitingForEnd: (() => void)[] = [];

  const hasRoom = () => count < MAX_IN_FLIGHT && bytes < MAX_IN_FLIGHT_BYTES;

  const endIfDrained = (): void => {
    if (count + requests === 0) waitingForEnd.splice(0).forEach((resolve) => resolve());
  };

  /** Ends an event's way, but for an answer that is given later. */
  const settle = ({ prepared, answer }: Item, result: IngestAnswer | null): void => {
    count -= 1;
    bytes -= prepared.bytes;
    if (result) answer(result);
    if (hasRoom() && waitingForRoom.length > 0) {
      const callbacks = waitingForRoom;
      waitingForRoom = [];
      for (const callback of callbacks) defer(callback);
    }
    endIfDrained();
  };

  /** Answers a request to delete or to vanish, which is durable by now, when what it is about is gone. */
  const answerRequest = async (answer: Item["answer"]): Promise<void> => {
    requests += 1;
    try {
      await deps.removeRequested();
      answer(ACCEPTED);
    } catch (error) {
      log.error("relay.removal_failed", faultFields(error));
      answer(REMOVAL_FAILED);
    }
    requests -= 1;
    endIfDrained();
  };

  const flush = (): void => {
    isFlushing = false;
    const batch = takeBatch(queue);
    let answers: IngestAnswer[];
    try {
      answers = insertBatch(batch.map(({ prepared }) => prepared), { ...deps, recentEphemeral });
    } catch (error) {
      log.error("relay.store_failed", { ...faultFields(error), events: batch.length });
      answers = batch.map(() => STORE_FAILED);
    }
    batch.forEach((item, i) => {
      const isRequest = answers[i] === ACCEPTED && item.prepared.removal !== null;
      if (isRequest) void answerRequest(item.answer);
      settle(item, isRequest ? null : answers[i]!);
    });
    batch.forEach(({ prepared }, i) => {
      if (answers[i] === ACCEPTED) deps.onAccepted(prepared.event, prepared.json);
    });
    flushSoon();
  };

  const flushSoon = (): void => {
    if (isFlushing || queue.length === 0) return;
    if (verifying > 0 && queue.length < GATHERED) {
      stopGathering ??= deps.afterMs(GATHER_MS, () => {
        stopGathering = null;
        flush();
      });
      return;
    }
    stopGathering?.();
    stopGathering = null;
    isFlushing = true;
    defer(flush);
  };

  const handOn = async (item: Item, relay: string): Promise<void> => {
    const { event, bytes } = item.prepared;
    const hasRoom = handedOn.count < MAX_HANDED_ON && handedOn.bytes + bytes <= MAX_HANDED_ON_BYTES;
    if (!hasRoom) return settle(item, RELAY_BUSY);
    handedOn.count += 1;
    handedOn.bytes += bytes;
    const answer = await deps.forward(relay, event);
    handedOn.count -= 1;
    handedOn.bytes -= bytes;
    settle(item, answer);
  };

  const check = async (item: Item): Promise<void> => {
    verifying += 1;
    const isValid = await verify(item.prepared.event);
    verifying -= 1;
    const { forwardTo } = item.prepared;
    if (isValid && forwardTo !== null) void handOn(item, forwardTo);
    else if (isValid) queue.push(item);
    else settle(item, isValid === null ? null : FORGED);
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
      count + requests === 0
        ? Promise.resolve()
        : new Promise((resolve) => waitingForEnd.push(resolve)),
  };
}

/** The first events of a queue whose rows fit one commit, at least one. */
function takeBatch(queue: Item[]): Item[] {
  let rows = 0;
  const tooMany = queue.findIndex(({ prepared: { event, removal } }, i) => {
    rows += 1 + event.tags.length * (removal ? ROWS_A_TARGET : 1);
    return i > 0 && rows > MAX_BATCH_ROWS;
  });
  return queue.splice(0, tooMany < 0 ? queue.length : tooMany);
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
const RELAY_BUSY: IngestAnswer = {
  accepted: false,
  message: "error: the reader's relay is slow or away, try again later",
};
const BANNED: IngestAnswer = { accepted: false, message: "blocked: this is banned here" };
const REMOVAL_FAILED: IngestAnswer = {
  accepted: false,
  message: "error: not everything could be removed yet, the relay goes on with it",
};
const TOO_MANY: Record<Charge["account"], IngestAnswer> = {
  mailbox: {
    accepted: false,
    message: "rate-limited: this reader got too many events, try again later",
  },
  member: {
    accepted: false,
    message: "rate-limited: this key published too many events, try again later",
  },
};
const ANSWERS: Record<Exclude<InsertOutcome, "not_admitted">, IngestAnswer> = {
  stored: ACCEPTED,
  duplicate: DUPLICATE,
  older: {
    accepted: false,
    message: "duplicate: a newer version of this event is already here",
  },
  owns_nothing: {
    accepted: false,
    message: "blocked: this relay takes events of its members only",
  },
  deleted: {
    accepted: false,
    message: "blocked: this event was deleted",
  },
  vanished: {
    accepted: false,
    message: "blocked: who it is by or for asked to vanish",
  },
  member_full: {
    accepted: false,
    message: "restricted: what this key stored fills its share of the disk",
  },
  mailbox_full: {
    accepted: false,
    message: "rate-limited: the mailbox of this reader is full, try again later",
  },
};

/** Stores what is to be stored, in one commit. Throws where that fails; then none of the batch was. */
function insertBatch(
  batch: PreparedEvent[],
  { store, isBanned, takeToken, recentEphemeral }: IngestDeps & { recentEphemeral: RecentIds },
): IngestAnswer[] {
  let answers: IngestAnswer[] = [];
  const insert = (prepared: PreparedEvent): IngestAnswer => {
    const { event, charge } = prepared;
    if (isBanned(event)) return BANNED;
    // Last: what is not taken for another reason uses up nobody's rate, however often it is sent again.
    const admit = () => charge === null || takeToken(charge, event.kind);
    const outcome = kindClass(event.kind) === "ephemeral"
      ? passEphemeral(event.id, { admit, recentEphemeral })
      : store.insert(prepared, admit);
    return outcome === "not_admitted" ? TOO_MANY[charge!.account] : ANSWERS[outcome];
  };
  const run = () => {
    answers = batch.map(insert);
  };
  if (batch.every(({ event }) => kindClass(event.kind) === "ephemeral")) run();
  else store.transaction(run);
  return answers;
}

function passEphemeral(
  id: string,
  { admit, recentEphemeral }: { admit(): boolean; recentEphemeral: RecentIds },
): "stored" | "duplicate" | "not_admitted" {
  if (recentEphemeral.has(id)) return "duplicate";
  if (!admit()) return "not_admitted";
  recentEphemeral.add(id);
  return "stored";
}
