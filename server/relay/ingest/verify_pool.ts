import { concatBytes } from "../../../protocol/bytes.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import { errorText, type Log } from "../../log.ts";
import type { SignatureCheck } from "./signature_check.ts";
import { packClaim, READY, type VerifyJob, type VerifyResult } from "./signature_claim.ts";

/** Checks signatures, many of them away from the thread that answers. */
export interface VerifyPool {
  /** True where the event's author signed its id; null where the pool was stopped before it was looked at. */
  verify(event: Pick<NostrEvent, "id" | "pubkey" | "sig">): Promise<boolean | null>;
  /** Ends the Workers at once; what is pending gets null. */
  stop(): void;
}

/** The part of a Worker that the pool uses. */
export type VerifyThread = Pick<Worker, "postMessage" | "terminate" | "onmessage" | "onerror">;

interface Pending {
  claim: Uint8Array;
  done(isValid: boolean | null): void;
}

interface Lane {
  thread: VerifyThread;
  /** Loading takes a Worker half a second on a busy machine, for which nothing should wait. */
  isReady: boolean;
  jobs: Map<number, Pending[]>;
}

/** Small enough that a single event behind a burst does not wait long. */
const CHUNK = 8;
/** Chunks given to a Worker at a time: one to work on and one that is ready when it ends. */
const DEPTH = 2;

/**
 * Checks a signature that comes alone at once: the way to a Worker and back takes longer. Spreads others over up to
 * `maxWorkers` Workers, each started when those before it have all they can take. A Worker that fails is not started again;
 * where none is ready, signatures are checked here, one between two events at a time.
 *
 * @param check checks on this thread
 */
export function createVerifyPool({ maxWorkers, spawn, check, defer, log }: {
  maxWorkers: number;
  spawn(): VerifyThread;
  check: SignatureCheck;
  defer(run: () => void): void;
  log: Log;
}): VerifyPool {
  const lanes = new Set<Lane>();
  let waiting: Pending[] = [];
  let workersLeft = maxWorkers;
  let lastJob = 0;
  let isDispatching = false;
  let isStopped = false;

  const giveUp = (reason: string): void => {
    workersLeft -= 1;
    log.warn("relay.verify_worker_failed", { reason, workers_left: workersLeft });
  };

  const drop = (lane: Lane, reason: string): void => {
    if (!lanes.delete(lane)) return;
    lane.thread.terminate();
    waiting = [...[...lane.jobs.values()].flat(), ...waiting];
    giveUp(reason);
    dispatch();
  };

  const start = (): void => {
    try {
      const lane: Lane = { thread: spawn(), isReady: false, jobs: new Map() };
      lane.thread.onmessage = ({ data }: MessageEvent<VerifyResult>) => {
        if (data.job === READY) lane.isReady = true;
        const job = lane.jobs.get(data.job) ?? [];
        lane.jobs.delete(data.job);
        job.forEach(({ done }, i) => done(data.valid[i] === 1));
        dispatch();
      };
      lane.thread.onerror = (event) => {
        event.preventDefault();
        drop(lane, event.message);
      };
      lanes.add(lane);
    } catch (error) {
      giveUp(errorText(error));
    }
  };

  const ready = (): Lane[] => [...lanes].filter(({ isReady }) => isReady);

  /** The ready Worker with the fewest chunks; where none has room for one, another Worker is started. */
  const freeLane = (): Lane | null => {
    const [least] = ready().sort((a, b) => a.jobs.size - b.jobs.size);
    if (least && least.jobs.size < DEPTH) return least;
    while (ready().length === lanes.size && lanes.size < workersLeft) start();
    return null;
  };

  const checkOneHere = (): void => {
    const next = waiting.shift();
    if (!next) return;
    next.done(check(next.claim, 0));
    if (waiting.length > 0) later();
  };

  const dispatch = (): void => {
    isDispatching = false;
    const isAlone = waiting.length === 1 && [...lanes].every(({ jobs }) => jobs.size === 0);
    if (isAlone) return checkOneHere();
    while (waiting.length > 0) {
      const lane = freeLane();
      if (!lane) break;
      const chunk = waiting.splice(0, CHUNK);
      lastJob += 1;
      lane.jobs.set(lastJob, chunk);
      const message: VerifyJob = {
        job: lastJob,
        claims: concatBytes(...chunk.map(({ claim }) => claim)),
      };
      lane.thread.postMessage(message);
    }
    if (ready().length === 0) checkOneHere();
  };

  const later = (): void => {
    if (isDispatching || isStopped) return;
    isDispatching = true;
    defer(dispatch);
  };

  return {
    verify(event) {
      if (isStopped) return Promise.resolve(null);
      return new Promise((done) => {
        waiting.push({ claim: packClaim(event), done });
        later();
      });
    },

    stop() {
      isStopped = true;
      for (const { thread, jobs } of lanes) {
        thread.terminate();
        waiting.push(...[...jobs.values()].flat());
      }
      lanes.clear();
      for (const { done } of waiting.splice(0)) done(null);
    },
  };
}
