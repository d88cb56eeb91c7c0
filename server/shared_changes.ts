import { errorText, type Log } from "./log.ts";

/** What several servers over one KV tell one another, so that what each holds in memory follows. */
export interface SharedChanges {
  /** Adds to a commit that a thing of a topic changed by it. */
  note(commit: Deno.AtomicOperation, topic: string, id: string): void;
  /** Told of things of a topic that changed, by whichever server; null: all of them may have. */
  follow(topic: string, onChange: (ids: string[] | null) => Promise<void>): void;
  /** Begins to tell, once all who follow do, of what changed since this was opened. */
  start(): void;
  /** Ends when nothing is being followed any more. */
  stop(): Promise<void>;
}

const PREFIX = ["changes"];
const LATEST_KEY = ["latest_change"];
/** How late a server may hear of what another one did. */
const POLL_MS = 500;
/** A change is kept for this long; who did not look for most of it reads everything again. */
const KEPT_MS = 10 * 60_000;
const MISSED_MS = 8 * 60_000;

/** For a server that has its database for itself: it knows what it does. */
export const NO_SHARED_CHANGES: SharedChanges = {
  note: () => undefined,
  follow: () => undefined,
  start: () => undefined,
  stop: () => Promise.resolve(),
};

/**
 * Changes over a KV that several servers share: `["changes", topic, id]` for each, and `["latest_change"]`, which all of them look
 * at twice a second. Both get the commit's version, which orders them; neither is checked, so that no commit waits for another.
 */
export async function openSharedChanges(
  { kv, nowMs, afterMs, log }: {
    kv: Deno.Kv;
    nowMs(): number;
    /** Runs something later; returns what prevents it. */
    afterMs(ms: number, run: () => void): () => void;
    log: Log;
  },
): Promise<SharedChanges> {
  const followers = new Map<string, (ids: string[] | null) => Promise<void>>();
  let seen = (await kv.get(LATEST_KEY)).versionstamp ?? "";
  let lookedAtMs = nowMs();
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;
  let cancel = () => {};

  function tick(): void {
    looking = look().catch((error: unknown) => {
      log.warn("changes.unreadable", { reason: errorText(error) });
    }).then(() => {
      if (!isStopped) cancel = afterMs(POLL_MS, tick);
    });
  }

  async function look(): Promise<void> {
    const latest = (await kv.get(LATEST_KEY)).versionstamp ?? "";
    const hasMissed = nowMs() - lookedAtMs > MISSED_MS;
    if (latest > seen || hasMissed) await tell(hasMissed ? null : await changesAfter(seen));
    // Only now: what could not be told is told the next time.
    [seen, lookedAtMs] = [latest, nowMs()];
  }

  async function changesAfter(versionstamp: string): Promise<Map<string, string[]>> {
    const changed = new Map<string, string[]>();
    for await (const entry of kv.list({ prefix: PREFIX })) {
      if (entry.versionstamp <= versionstamp) continue;
      const [, topic, id] = entry.key as string[];
      changed.set(topic!, [...changed.get(topic!) ?? [], id!]);
    }
    return changed;
  }

  async function tell(changed: Map<string, string[]> | null): Promise<void> {
    for (const [topic, onChange] of followers) {
      const ids = changed?.get(topic);
      if (changed === null) await onChange(null);
      else if (ids) await onChange(ids);
    }
  }

  return {
    note(commit, topic, id) {
      commit.set([...PREFIX, topic, id], true, { expireIn: KEPT_MS }).set(LATEST_KEY, true);
    },
    follow: (topic, onChange) => void followers.set(topic, onChange),
    start() {
      cancel = afterMs(POLL_MS, tick);
    },
    async stop() {
      isStopped = true;
      cancel();
      await looking;
    },
  };
}
