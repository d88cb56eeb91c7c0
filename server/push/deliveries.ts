import type { PostPush, PushOutcome } from "./post_push.ts";

/** A subscription, as far as sending goes. */
export interface PushTarget {
  id: string;
  endpoint: string;
}

/** How a push to one subscription ended; `stopped` where the server did first. */
export type DeliveryEnd = "delivered" | "gone" | "refused" | "given_up" | "stopped";

/** Pushes under way. */
export interface Deliveries {
  /** Sends a push, with retries. One that has not left yet stands for what is asked for meanwhile. */
  send(target: PushTarget): Promise<DeliveryEnd>;
  /** Requests that are in flight now. */
  readonly inFlight: number;
  /** Ends what is in flight; everything else ends as `stopped`. */
  stop(): void;
}

export interface DeliveriesDeps {
  post: PostPush;
  /** The push service of an endpoint, whatever its host is called, so that none takes all the room. */
  serviceOf(endpoint: string): string;
  onOutcome(outcome: PushOutcome, target: PushTarget): void;
  /** From 0 to 1: retries of many do not come at once. */
  random(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  maxInFlight?: number;
  maxInFlightAService?: number;
}

/** Over the whole server. (Specification page 3) */
export const MAX_IN_FLIGHT = 32;
/** So that a service that hangs leaves room for the others. */
const MAX_IN_FLIGHT_A_SERVICE = 24;
const MAX_RETRIES = 3;
const FIRST_RETRY_MS = 2_000;
/** What is older is not pushed any more. */
const MAX_WAIT_MS = 24 * 3600 * 1000;

interface Job {
  target: PushTarget;
  state: "queued" | "sending" | "waiting";
  attempts: number;
  waiters: ((end: DeliveryEnd) => void)[];
  /** Who asked while it was being sent: what they know of may have come too late for it. */
  again: ((end: DeliveryEnd) => void)[];
  stopWaiting(): void;
}

/** A queue of pushes, bounded in flight; each subscription is in it at most once. (RFC 8030) */
export function createDeliveries(deps: DeliveriesDeps): Deliveries {
  const { maxInFlight = MAX_IN_FLIGHT, maxInFlightAService = MAX_IN_FLIGHT_A_SERVICE } = deps;
  const jobs = new Map<string, Job>();
  /** Jobs that are due, by service, services in turn. */
  const queues = new Map<string, Job[]>();
  const busy = new Map<string, number>();
  const stopping = new AbortController();
  let inFlight = 0;

  function enqueue(job: Job): void {
    job.state = "queued";
    const service = deps.serviceOf(job.target.endpoint);
    const queue = queues.get(service);
    if (queue) queue.push(job);
    else queues.set(service, [job]);
    pump();
  }

  function pump(): void {
    while (inFlight < maxInFlight) {
      const service = [...queues.keys()].find((name) =>
        (busy.get(name) ?? 0) < maxInFlightAService
      );
      if (service === undefined) return;
      const queue = queues.get(service)!;
      const job = queue.shift()!;
      // Its service goes to the end of the line.
      queues.delete(service);
      if (queue.length > 0) queues.set(service, queue);
      void sendNow(job, service);
    }
  }

  async function sendNow(job: Job, service: string): Promise<void> {
    job.state = "sending";
    job.attempts += 1;
    inFlight += 1;
    busy.set(service, (busy.get(service) ?? 0) + 1);
    const outcome = await deps.post(job.target.endpoint, stopping.signal);
    inFlight -= 1;
    const left = busy.get(service)! - 1;
    if (left === 0) busy.delete(service);
    else busy.set(service, left);
    if (!stopping.signal.aborted) finish(job, outcome);
    pump();
  }

  function finish(job: Job, outcome: PushOutcome): void {
    deps.onOutcome(outcome, job.target);
    if (outcome.type === "failed") {
      const waitMs = Math.max(outcome.retryAfterMs, backoffMs(job.attempts, deps.random()));
      if (job.attempts > MAX_RETRIES || waitMs > MAX_WAIT_MS) return settle(job, "given_up");
      job.state = "waiting";
      // Whoever asked meanwhile is served by the next try.
      job.waiters.push(...job.again.splice(0));
      job.stopWaiting = deps.afterMs(waitMs, () => enqueue(job));
      return;
    }
    settle(job, outcome.type);
  }

  function settle(job: Job, end: DeliveryEnd): void {
    const { target, waiters, again } = job;
    jobs.delete(target.id);
    if (again.length > 0 && end === "delivered") start(target, again);
    else waiters.push(...again);
    for (const resolve of waiters) resolve(end);
  }

  function start(target: PushTarget, waiters: Job["waiters"]): void {
    const job: Job = {
      ...{ target, waiters, attempts: 0, state: "queued", again: [] },
      stopWaiting: () => undefined,
    };
    jobs.set(target.id, job);
    enqueue(job);
  }

  return {
    get inFlight() {
      return inFlight;
    },
    send: (target) =>
      new Promise((resolve) => {
        if (stopping.signal.aborted) return resolve("stopped");
        const job = jobs.get(target.id);
        if (!job) start(target, [resolve]);
        else if (job.state === "sending") job.again.push(resolve);
        else job.waiters.push(resolve);
      }),
    stop() {
      stopping.abort();
      queues.clear();
      for (const { waiters, again, stopWaiting } of jobs.values()) {
        stopWaiting();
        for (const resolve of [...waiters, ...again]) resolve("stopped");
      }
      jobs.clear();
    },
  };
}

/** 2, 8, 32 s, each up to a quarter more. */
function backoffMs(attempts: number, random: number): number {
  return FIRST_RETRY_MS * 4 ** (attempts - 1) * (1 + random / 4);
}
