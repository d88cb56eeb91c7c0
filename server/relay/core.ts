import type { WebSocket } from "ws";
import { kindClass } from "../../protocol/nostr_event.ts";
import type { FsyncMode } from "../config.ts";
import type { Log } from "../log.ts";
import type { BucketRule, RateLimiter } from "../rate_limit.ts";
import type { Members } from "../registry/members.ts";
import { afterIo } from "./after_io.ts";
import { type Connection, createConnection } from "./connection.ts";
import { createIngest } from "./ingest.ts";
import { EVENT_RATE, MAIL_RATE, type RelayLimits, REQ_RATE, TYPING_RATE } from "./limits.ts";
import type { MailReader } from "./mail_removal.ts";
import { createMonitors } from "./monitors.ts";
import { spawnVerifyWorker } from "./spawn_verify_worker.ts";
import { openStore } from "./store.ts";
import { createStoreProbe } from "./store_probe.ts";
import { fanOut, type Subscription } from "./subscription.ts";
import { startSweep } from "./sweep.ts";
import { createTurns } from "./turns.ts";
import { createVerifyPool } from "./verify_pool.ts";

export interface CoreDeps {
  /** Path of the SQLite file. */
  dbPath: string;
  policy: "members" | "open";
  fsync: FsyncMode;
  /** How long private kinds are kept. */
  retentionS: number;
  members: Members;
  limiter: RateLimiter;
  nowMs(): number;
  log: Log;
}

/** The relay without its listener. */
export interface RelayCore {
  /** Takes over an open socket of a client, counted by `client`. */
  connect(socket: WebSocket, hello: { client: string; challenge: string }): Connection;
  /** Removes the mail that a reader has by now, step by step. */
  removeMail(reader: MailReader): void;
  /** True where the store takes writes. */
  isWritable(): boolean;
  /** Ends when every event that was taken in has its answer, and mail that is to be removed is. */
  drained(): Promise<void>;
  /** Ends the Workers and closes the store. */
  close(): void;
}

const VERIFY_WORKERS = 2;

/**
 * Opens the store and joins the relay's parts over it.
 *
 * @param hosts the `host:port` names of this relay, known once it listens
 * @throws StartFault where a newer version wrote the database
 */
export function openRelayCore(
  deps: CoreDeps,
  { limits, hosts }: { limits: RelayLimits; hosts: () => ReadonlySet<string> },
): RelayCore {
  const { log, members, limiter, retentionS, nowMs } = deps;
  const nowS = () => Math.floor(nowMs() / 1000);
  const { dbPath: path, fsync } = deps;
  const store = openStore({ path, fsync, maxHeldBytes: limits.maxHeldBytes });
  const pool = createVerifyPool({
    maxWorkers: VERIFY_WORKERS,
    spawn: spawnVerifyWorker,
    defer: afterIo,
    log,
  });
  const monitors = createMonitors<Subscription>();
  const turns = createTurns({ monotonicMs: () => performance.now(), defer: afterIo });
  const ingest = createIngest({
    store,
    verify: pool.verify,
    takeMail: (reader, kind) => limiter.take(mailRate(kind), reader).allowed,
    onAccepted: (event, json) => fanOut(monitors.match(event), { event, json }),
    defer: afterIo,
    log,
  });
  const sweep = startSweep({
    store,
    retentionS,
    isGone: members.isReleased,
    nowS,
    defer: afterIo,
    log,
  });
  const shared = { members, store, ingest, monitors, turns, verify: pool.verify, log };
  const { policy } = deps;

  return {
    connect(socket, { client, challenge }) {
      const rules = {
        ...{ policy, members, retentionS, limits, nowS, nowMs, hosts: hosts() },
        takeEvent: () => limiter.take(EVENT_RATE, client).allowed,
        takeReq: () => limiter.take(REQ_RATE, client).allowed,
      };
      return createConnection(socket, { challenge, deps: { ...shared, rules } });
    },
    removeMail: sweep.removeMail,
    isWritable: createStoreProbe({ probe: store.probe, nowMs, log }),
    async drained() {
      await Promise.all([ingest.drained(), sweep.settled()]);
    },
    close() {
      sweep.stop();
      turns.stop();
      pool.stop();
      store.close();
    },
  };
}

function mailRate(kind: number): BucketRule {
  return kindClass(kind) === "ephemeral" ? TYPING_RATE : MAIL_RATE;
}
