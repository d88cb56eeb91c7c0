import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import { clientKey } from "../client_ip.ts";
import type { Endpoint } from "../config.ts";
import { pseudonym } from "../log.ts";
import { relayHosts } from "./auth.ts";
import { POLICY_VIOLATION } from "./connection/engine_state.ts";
import type { Connection } from "./connection/connection.ts";
import { type CoreDeps, openRelayCore, type RelayCore, type RelayNames } from "./core.ts";
import type { RelayDescription } from "./information.ts";
import { RELAY_LIMITS, type RelayLimits } from "./limits.ts";
import { type AcceptedSocket, type Listener, openRelayListener } from "./listener.ts";
import type { ModerationEffects } from "./management/management_methods.ts";
import { createRelayHttp } from "./relay_http.ts";
import type { MailReader } from "./store/removal.ts";

export interface RelayDeps extends CoreDeps {
  bind: Endpoint;
  /** The URL that clients know the relay by, given the port that it was bound to. */
  publicUrl(port: number): string;
  /** CIDRs whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  info: RelayDescription;
  /** The key that may call the management API, 64 hex; null: there is no such API. (NIP-86) */
  adminPubkey: string | null;
  /** Differences from {@link RELAY_LIMITS}. */
  limits?: Partial<RelayLimits>;
}

/** A relay that takes connections. */
export interface Relay {
  port: number;
  /**
   * Removes the mail (4243, 4244) to an addr and the gift wraps (1059) to its nostr key that are stored by now: soon, and
   * in short steps. Under the policy `members`, mail that a crash keeps from it goes at the next start.
   */
  removeMail(reader: MailReader): void;
  /** The content of the profile (kind 0) of a nostr key; null where there is none. */
  profileOf(pubkey: string): string | null;
  /** The number of the newest message (4243) to an addr that is not older than a time; 0 where there is none. */
  newestMessage(addr: string, sinceS: number): number;
  /** Takes an event that came by another way than a socket; its answer is that of NIP-01's OK. */
  submit: RelayCore["submit"];
  /** Mail to an addr, page by page in order of arrival. */
  mail: RelayCore["mail"];
  /** True for a client whom the operator has blocked, as `clientKey` gives it. */
  isBlocked(client: string): boolean;
  /** True where an event's author signed its id; null once the relay is stopped. */
  verify: RelayCore["verify"];
  /** True where the store takes writes; an answer holds for 2 s. */
  isWritable(): boolean;
  /** Open sockets and live subscriptions. */
  counts(): { sockets: number; subscriptions: number };
  /** Answers what is in flight, ends the sockets with 1001, closes the store; within 4 s. Safe to call again. */
  stop(): Promise<void>;
}

/** A connection's client, and the end of its socket. */
interface Connected {
  client: string;
  ended: Promise<void>;
}

/** WebSocket close code "going away". (RFC 6455 §7.4.1) */
const GOING_AWAY = 1001;
const DRAIN_MS = 1_500;
const CLOSE_MS = 2_000;
const DESTROY_MS = 500;

/**
 * Starts the embedded nostr relay. (The NIPs of `information.ts`; specification page 4)
 *
 * @throws StartFault where a newer version wrote the database; what node:net throws where it cannot listen
 */
export async function startRelay(deps: RelayDeps): Promise<Relay> {
  const limits: RelayLimits = { ...RELAY_LIMITS, ...deps.limits };
  let names: RelayNames = { publicUrl: deps.publicUrl(0), hosts: new Set() };
  const core = openRelayCore(deps, { limits, names: () => names });
  const connections = new Map<Connection, Connected>();
  const onSocket = (socket: WebSocket, accepted: AcceptedSocket) => {
    const { client } = accepted;
    deps.log.debug("relay.connected", { client: pseudonym(client) });
    const challenge = randomBytes(16).toString("hex");
    const connection = core.connect(socket, { ...accepted, challenge });
    const ended = Promise.withResolvers<void>();
    connections.set(connection, { client, ended: ended.promise });
    socket.once("close", () => {
      connections.delete(connection);
      ended.resolve();
    });
  };
  const effects = effectsOf(core, connections);
  const listener = await listen(deps, { limits, core, effects, names: () => names, onSocket })
    .catch((error) => {
      core.close();
      throw error;
    });
  const { port } = listener;
  const publicUrl = deps.publicUrl(port);
  names = { publicUrl, hosts: relayHosts({ publicUrl, hostname: deps.bind.hostname, port }) };
  const probing = setInterval(() => {
    for (const connection of connections.keys()) connection.probe();
  }, limits.pingIntervalMs);
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    clearInterval(probing);
    return stopParts({ listener, core, connections });
  };
  const { removeMail, profileOf, submit, mail, newestMessage, verify, isWritable } = core;
  return {
    port,
    removeMail,
    profileOf,
    submit,
    mail,
    isBlocked: core.moderation.isBlockedIp,
    newestMessage,
    verify,
    isWritable,
    counts: () => ({ sockets: connections.size, subscriptions: core.subscriptionCount() }),
    stop: () => stopping ??= stop(),
  };
}

function effectsOf(
  { removeEventsBy, removeEvent }: RelayCore,
  connections: ReadonlyMap<Connection, Connected>,
): ModerationEffects {
  const disconnect = (fits: (connection: Connection, client: string) => boolean): void => {
    for (const [connection, { client }] of connections) {
      if (fits(connection, client)) connection.close(POLICY_VIOLATION, "blocked");
    }
  };
  return {
    removeEventsBy,
    removeEvent,
    disconnectKey: (pubkey) => disconnect((connection) => connection.isAuthedAs(pubkey)),
    disconnectIp: (blocked) => disconnect((_connection, client) => client === blocked),
  };
}

function listen(
  deps: RelayDeps,
  { limits, core: { moderation, verify }, effects, names, onSocket }: {
    limits: RelayLimits;
    core: RelayCore;
    effects: ModerationEffects;
    names(): RelayNames;
    onSocket(socket: WebSocket, accepted: AcceptedSocket): void;
  },
): Promise<Listener> {
  const { bind, info, policy, retentionS, adminPubkey, limiter, nowMs, log } = deps;
  const nowS = () => Math.floor(nowMs() / 1000);
  const moderated = { adminPubkey, moderation, effects, verify, names };
  return openRelayListener({
    bind,
    limits,
    clientOf: (request) => clientOf(request, deps.trustedProxies),
    isBlocked: moderation.isBlockedIp,
    answer: createRelayHttp({ ...moderated, info, limits, policy, retentionS, limiter, nowS, log }),
    onSocket,
  });
}

/** Nothing new comes in, what is in flight is answered, everybody is told, then storage closes. */
async function stopParts({ listener, core, connections }: {
  listener: Listener;
  core: RelayCore;
  connections: ReadonlyMap<Connection, Connected>;
}): Promise<void> {
  const closed = listener.close();
  for (const connection of connections.keys()) connection.deafen();
  await atMost(DRAIN_MS, core.drained());
  for (const connection of connections.keys()) {
    connection.close(GOING_AWAY, "the relay is stopping");
  }
  await atMost(CLOSE_MS, Promise.all([...connections.values()].map(({ ended }) => ended)));
  for (const connection of connections.keys()) connection.terminate();
  // What is left is kept-alive and idle, or half a request.
  listener.destroy();
  await atMost(DESTROY_MS, closed);
  core.close();
}

/** Waits for a promise; false where it took longer. */
async function atMost(ms: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([promise.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function clientOf(request: IncomingMessage, trustedProxies: string[]): string {
  const forwarded = request.headers["x-forwarded-for"];
  return clientKey({
    peer: request.socket.remoteAddress ?? null,
    forwardedFor: Array.isArray(forwarded) ? forwarded.join(",") : forwarded ?? null,
  }, trustedProxies);
}
