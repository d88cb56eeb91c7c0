import { errorText, type Log } from "../log.ts";
import type { Deliveries, PushTarget } from "./deliveries.ts";
import type { HandleStore, StoredHandle } from "./handle_store.ts";
import { afterPush, FRESH_PACE, nextPushMs } from "./pace.ts";

/** Tells the devices of people that they have mail, no more often than the pace of a handle allows. */
export interface MailPushes {
  /**
   * There is mail for an addr. Ends when a push that left after that has ended: then the mail needs none any more.
   *
   * @param seq the number that the home relay's newest event has, 0 for mail from elsewhere
   * @returns false where the server stopped first
   */
  notify(addr: string, seq?: number): Promise<boolean>;
  /** The home relay's number up to which mail for an addr needs no push any more. */
  coveredSeq(addr: string): number;
  /** Mail up to a number needs no push any more: it was pushed when it came from elsewhere. */
  cover(addr: string, seq: number): void;
  /** Forgets an addr, whose handle was given up. */
  forget(addr: string): Promise<void>;
  /** No more pushes begin. */
  stop(): void;
}

export interface MailPushesDeps {
  /** Written before a push leaves, so that no crash makes more of them. */
  store: Pick<HandleStore, "load" | "save" | "remove">;
  targetsOf(addr: string): PushTarget[];
  deliveries: Pick<Deliveries, "send">;
  nowMs(): number;
  /** Runs something after a time, unless the function that it returns is called before. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

interface Handle extends StoredHandle {
  /** Mail that no push has left after. */
  pending: { seq: number; waiters: ((isDone: boolean) => void)[] } | null;
  stopWaiting: (() => void) | null;
}

/** Loads how much each handle was pushed to. */
export async function openMailPushes(deps: MailPushesDeps): Promise<MailPushes> {
  const { store, targetsOf, deliveries, nowMs, afterMs, log } = deps;
  const handles = new Map<string, Handle>();
  let isStopped = false;

  for await (const [addr, stored] of store.load()) {
    handles.set(addr, { ...stored, pending: null, stopWaiting: null });
  }

  function handleOf(addr: string): Handle {
    let handle = handles.get(addr);
    if (!handle) {
      handle = { pace: FRESH_PACE, coveredSeq: 0, pending: null, stopWaiting: null };
      handles.set(addr, handle);
    }
    return handle;
  }

  async function save(addr: string, handle: Handle): Promise<void> {
    try {
      await store.save(addr, handle);
    } catch (error) {
      // People are told of their mail all the same; a restart may tell them twice.
      log.warn("push.not_saved", { reason: errorText(error) });
    }
  }

  function schedule(addr: string, handle: Handle): void {
    if (handle.stopWaiting || isStopped) return;
    const waitMs = nextPushMs(handle.pace, nowMs()) - nowMs();
    if (waitMs <= 0) return void push(addr, handle);
    handle.stopWaiting = afterMs(waitMs, () => {
      handle.stopWaiting = null;
      // Timers and the clock need not agree.
      schedule(addr, handle);
    });
  }

  async function push(addr: string, handle: Handle): Promise<void> {
    const { seq, waiters } = handle.pending!;
    handle.pending = null;
    handle.pace = afterPush(handle.pace, nowMs());
    await save(addr, handle);
    const ends = await Promise.all(targetsOf(addr).map((target) => deliveries.send(target)));
    const isDone = !isStopped && !ends.includes("stopped");
    if (isDone) await cover(addr, seq);
    for (const resolve of waiters) resolve(isDone);
  }

  async function cover(addr: string, seq: number): Promise<void> {
    const handle = handles.get(addr);
    if (!handle || isStopped || seq <= handle.coveredSeq) return;
    handle.coveredSeq = seq;
    await save(addr, handle);
  }

  return {
    notify: (addr, seq = 0) =>
      new Promise((resolve) => {
        if (isStopped) return resolve(false);
        if (targetsOf(addr).length === 0) return resolve(true);
        const handle = handleOf(addr);
        handle.pending ??= { seq, waiters: [] };
        handle.pending.seq = Math.max(handle.pending.seq, seq);
        handle.pending.waiters.push(resolve);
        schedule(addr, handle);
      }),
    coveredSeq: (addr) => handles.get(addr)?.coveredSeq ?? 0,
    cover: (addr, seq) => void cover(addr, seq),
    async forget(addr) {
      const handle = handles.get(addr);
      handles.delete(addr);
      handle?.stopWaiting?.();
      // Nobody is left to be told of it.
      for (const resolve of handle?.pending?.waiters ?? []) resolve(true);
      await store.remove(addr);
    },
    stop() {
      isStopped = true;
      for (const handle of handles.values()) {
        handle.stopWaiting?.();
        for (const resolve of handle.pending?.waiters ?? []) resolve(false);
        handle.pending = null;
      }
    },
  };
}
