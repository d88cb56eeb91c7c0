import type { WebSocket } from "ws";
import { KIND, kindClass, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import type { FsyncMode } from "../config.ts";
import type { Log } from "../log.ts";
import type { BucketRule, RateLimiter } from "../rate_limit.ts";
import type { Members } from "../registry/members.ts";
import { type Budgets, createBudget } from "./budget.ts";
import { afterMs } from "../after_ms.ts";
import { afterIo } from "./connection/after_io.ts";
import { type Connection, createConnection } from "./connection/connection.ts";
import { createIngest, type IngestAnswer } from "./ingest/ingest.ts";
import { hasOwnId, prepareEvent } from "./events/prepared_event.ts";
import { isPeer, judgeEvent } from "./ingest/policy.ts";
import {
  EVENT_RATE,
  MAIL_RATE,
  MEMBER_RATE,
  type RelayLimits,
  REQ_RATE,
  TYPING_RATE,
} from "./limits.ts";
import type { AcceptedSocket } from "./listener.ts";
import { meteredIngest, NO_METER, type RelayMeter } from "./meter.ts";
import { createModeration, type Moderation } from "./management/moderation.ts";
import type { MailReader } from "./store/removal.ts";
import { createMonitors } from "./query/monitors.ts";
import type { Charge } from "./events/prepared_event.ts";
import { openStore } from "./store/store.ts";
import { createStoreProbe } from "./store/store_probe.ts";
import { fanOut, type Subscription } from "./query/subscription.ts";
import { startSweep } from "./store/sweep.ts";
import { createUnsentBytes } from "./connection/unsent.ts";
import { createTurns } from "./connection/turns.ts";
import { openVerifyPool } from "./ingest/open_verify_pool.ts";
import type { VerifyPool } from "./ingest/verify_pool.ts";

export interface CoreDeps {
  /** Path of the SQLite file. */
  dbPath: string;
  policy: "members" | "open";
  fsync: FsyncMode;
  /** How long private kinds are kept. */
  retentionS: number;
  members: Members;
  limiter: RateLimiter;
  /** The other relays of a server that has several; without it this is the only one. */
  peers?: Peers;
  /** Told of each new message that notifies (4243), after it is durable; `seq` is the number of the newest event. */
  onMessage?(addr: string, message: { id: string; seq: number }): void;
  /** Without one nobody is told. */
  meter?: RelayMeter;
  nowMs(): number;
  log: Log;
}

/** The other relays of this server. */
export interface Peers {
  /** The nostr key that all of them, this one too, are known to the others by. */
  key: string;
  publish(relay: string, event: NostrEvent): Promise<IngestAnswer>;
}

/** How the relay may be meant. */
export interface RelayNames {
  publicUrl: string;
  /** `host:port` of each of its names. */
  hosts: ReadonlySet<string>;
}

/** The relay without its listener. */
export interface RelayCore {
  /** Takes over an open socket of a client. */
  connect(socket: WebSocket, hello: AcceptedSocket & { challenge: string }): Connection;
  /** The operator's lists, which connections ask. */
  moderation: Moderation;
  verify: VerifyPool["verify"];
  /** Removes the mail that a reader has by now, step by step. */
  removeMail(reader: MailReader): void;
  /** Removes what a nostr key published by now, step by step. */
  removeEventsBy(pubkey: string): void;
  /** Removes an event, if it is here. @throws where the store cannot be written */
  removeEvent(id: string): void;
  /** The content of the profile (kind 0) of a nostr key; null where there is none. */
  profileOf(pubkey: string): string | null;
  /** Takes an event that came by another way than a socket. */
  submit(event: NostrEvent): Promise<IngestAnswer>;
  /**
   * Mail (4243, 4244) to an addr, not older than a time and behind a number, in order of arrival: at most `limit` events,
   * and none after those that fill a page ({@link MAX_MAIL_PAGE_BYTES}).
   */
  mail(
    addr: string,
    page: { sinceS: number; afterSeq: number; limit: number },
  ): { mail: { seq: number; event: NostrEvent }[]; hasMore: boolean };
  /** The number of the newest message (4243) to an addr that is not older than a time; 0 where there is none. */
  newestMessage(addr: string, sinceS: number): number;
  /** True where the store takes writes. */
  isWritable(): boolean;
  /** How many subscriptions are live. */
  subscriptionCount(): number;
  /** Ends when every event that was taken in has its answer, and mail that is to be removed is. */
  drained(): Promise<void>;
  /** Ends the Workers and closes the store. */
  close(): void;
}

/**
 * Opens the store and joins the relay's parts over it.
 *
 * @param names the relay's public URL and its `host:port` names, known once it listens
 * @throws StartFault where a newer version wrote the database
 */
export function openRelayCore(
  deps: CoreDeps,
  { limits, names }: { limits: RelayLimits; names: () => RelayNames },
): RelayCore {
  const { log, members, limiter, retentionS, meter = NO_METER, nowMs } = deps;
  const nowS = () => Math.floor(nowMs() / 1000);
  const { dbPath: path, fsync } = deps;
  const store = openStore({ path, fsync, ...limits });
  const pool = openVerifyPool({ log });
  const moderation = createModeration({ store: store.moderation, nowS });
  const monitors = createMonitors<Subscription>();
  const monotonicMs = () => performance.now();
  const turns = createTurns({ monotonicMs, defer: afterIo });
  const ownIngest = createIngest({
    store,
    verify: pool.verify,
    isBanned: ({ id, pubkey }) => moderation.isBannedKey(pubkey) || moderation.isBannedEvent(id),
    takeToken: (charge, kind) => limiter.take(rateOf(charge, kind), charge.key).allowed,
    forward: (relay, event) => deps.peers?.publish(relay, event) ?? Promise.resolve(NO_PEERS),
    removeRequested: () => sweep.removeRequested(),
    onAccepted: (event, json) => {
      fanOut(monitors.match(event), { event, json });
      const reader = event.kind === KIND.message ? tagValue(event, "q") : null;
      if (reader !== null) deps.onMessage?.(reader, { id: event.id, seq: store.lastSeq() });
    },
    defer: afterIo,
    afterMs,
    log,
  });
  const ingest = meteredIngest(ownIngest, { meter, monotonicMs });
  const sweep = startSweep({
    store,
    retentionS,
    isReleased: members.isReleased,
    bannedKeys: () => moderation.entries("banned_key").map(({ value }) => value),
    nowS,
    defer: afterIo,
    log,
  });
  const { policy } = deps;
  const { verify } = pool;
  const peerKey = deps.peers?.key ?? null;
  const judging = { policy, members, peerKey, moderation, retentionS, limits, nowS };
  const budgets = createBudgets(limits);
  const unsent = createUnsentBytes();
  const shared = { members, store, ingest, monitors, turns, budgets, unsent, verify, meter, log };

  const submitEvent = (event: NostrEvent): Promise<IngestAnswer> => {
    const prepared = prepareEvent(event);
    const verdict = judgeEvent({ ...prepared, authed: new Set() }, { ...judging, ...names() });
    if (!verdict.accepted) return Promise.resolve(verdict);
    if (!hasOwnId(event)) return Promise.resolve(WRONG_ID);
    if (!ingest.hasRoom()) return Promise.resolve(NO_ROOM);
    const { charge, removal, forwardTo } = verdict;
    const judged = { ...prepared, charge, removal, forwardTo };
    return new Promise((resolve) => ingest.submit(judged, resolve));
  };

  return {
    moderation,
    verify,
    connect(socket, { client, stream, challenge }) {
      const rules = {
        ...judging,
        nowMs,
        ...names(),
        // What peers hand on was counted where it came in.
        takeEvent: (authed: ReadonlySet<string>) =>
          isPeer(authed, judging) || limiter.take(EVENT_RATE, client).allowed,
        takeReq: () => limiter.take(REQ_RATE, client).allowed,
        mayListen: (values: number) => budgets.listening.hasRoom(client, values),
        mayScan: (values: number) => budgets.scanning.hasRoom(client, values),
      };
      return createConnection(socket, { client, stream, challenge, deps: { ...shared, rules } });
    },
    removeMail: sweep.removeMail,
    removeEventsBy: sweep.removeEventsBy,
    removeEvent(id) {
      const found = store.pages.byId(id);
      if (found) store.remove([found.seq]);
    },
    profileOf(pubkey) {
      const seq = store.seqAt(`${KIND.profile}:${pubkey}:`);
      const json = seq === null ? null : store.json(seq);
      return json === null ? null : (JSON.parse(json) as NostrEvent).content;
    },
    subscriptionCount: () => monitors.size,
    async submit(event) {
      const answer = await submitEvent(event);
      meter.event(answer.accepted, answer.message);
      return answer;
    },
    mail(addr, page) {
      // One more tells whether there is another page.
      const seqs = store.pages.mailSeqs(addr, { ...page, limit: page.limit + 1, nowS: nowS() });
      const mail: { seq: number; event: NostrEvent }[] = [];
      let length = 0;
      for (const seq of seqs.slice(0, page.limit)) {
        if (length >= MAX_MAIL_PAGE_BYTES) return { mail, hasMore: true };
        const json = store.jsons([seq]).get(seq);
        if (json === undefined) continue;
        length += json.length;
        mail.push({ seq, event: JSON.parse(json) as NostrEvent });
      }
      return { mail, hasMore: seqs.length > page.limit };
    },
    newestMessage: (addr, sinceS) =>
      store.pages.newestSeq({ name: "q", value: addr, kind: KIND.message }, sinceS),
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

/** A page of mail ends with the event that reaches this: whoever does not read it makes the server hold it. */
const MAX_MAIL_PAGE_BYTES = 2 ** 20;

const WRONG_ID: IngestAnswer = {
  accepted: false,
  message: "invalid: the id is not the hash of the event",
};
const NO_PEERS: IngestAnswer = {
  accepted: false,
  message: "error: the reader's relay is not known here",
};
const NO_ROOM: IngestAnswer = {
  accepted: false,
  message: "error: too much is in flight, try again in a moment",
};

function createBudgets(limits: RelayLimits): Budgets {
  return {
    listening: createBudget({ max: limits.maxListeningInAll, maxPerClient: limits.maxListening }),
    scanning: createBudget({ max: limits.maxScanningInAll, maxPerClient: limits.maxScanning }),
    negotiating: createBudget({
      max: limits.maxNegotiatedEventsInAll,
      maxPerClient: limits.maxNegotiatedEvents,
    }),
  };
}

function rateOf({ account }: Charge, kind: number): BucketRule {
  if (account === "member") return MEMBER_RATE;
  return kindClass(kind) === "ephemeral" ? TYPING_RATE : MAIL_RATE;
}
