import { serverOrigin } from "../protocol/handle.ts";
import { administrationCalls } from "./administration_calls.ts";
import { type OpenBlobs, openBlobs } from "./blobs/open_blobs.ts";
import { afterMs } from "./after_ms.ts";
import type { Config } from "./config.ts";
import {
  isRemoteDatabase,
  relayDatabasePath,
  relayPublicUrl,
  serverName,
} from "./config_derived.ts";
import { type ControlSocket, openControlSocket } from "./control/control_socket.ts";
import { offerFirstInvite } from "./first_invite.ts";
import { createHttp } from "./http.ts";
import { type HttpListener, openHttpListener } from "./http_listener.ts";
import { runStopSteps, type StopStep } from "./lifecycle.ts";
import { errorText, type Log } from "./log.ts";
import type { Listener } from "./listener/listener.ts";
import { openMailListener } from "./listener/open_mail_listener.ts";
import { type Nats, openNats } from "./nats/open_nats.ts";
import { createMetrics } from "./metrics/metrics.ts";
import type { MetricsListener } from "./metrics/metrics_listener.ts";
import { openListener } from "./open_listener.ts";
import { openMetrics } from "./open_metrics.ts";
import { type OpenPeers, openPeers } from "./peers/open_peers.ts";
import { openProofs } from "./proofs/open_proofs.ts";
import { openServerPush } from "./push/open_push.ts";
import type { Push } from "./push/push.ts";
import { createRateLimiter } from "./rate_limit.ts";
import { createRateLimitStore, keepFlushing } from "./rate_limit_store.ts";
import { createHomeRelays, type HomeRelays } from "./registry/home_relays.ts";
import { createInvites } from "./registry/invite_store.ts";
import { createRegistry, isRegisteredIn } from "./registry/registry.ts";
import { openRegistryDatabase } from "./registry_database.ts";
import { type Relay, type RelayDeps, startRelay } from "./relay/relay.ts";
import { withPlainTarget } from "./request_target.ts";
import { NO_SHARED_CHANGES, openSharedChanges, type SharedChanges } from "./shared_changes.ts";
import { createSigchains } from "./sigchains/sigchains.ts";
import { loadStaticAssets, noStaticAssets, type StaticAssets } from "./static_assets.ts";
import { createStorageProbe } from "./storage_probe.ts";
import { verifyEd25519 } from "./verify_ed25519.ts";
import { VERSION } from "./version.ts";
import { createVisitorWatch } from "./visitor_watch.ts";

/** A server that takes requests. */
export interface RunningServer {
  /** Its public name. */
  server: string;
  httpPort: number;
  /** Null where no relay runs. */
  relayPort: number | null;
  relayUrl: string;
  /** Drains, then closes everything; it ends within 9 s, whatever hangs. */
  stop(): Promise<void>;
}

interface Surroundings {
  log: Log;
  nowMs(): number;
  /** Says a text to the operator alone, beside the log. */
  say(text: string): void;
}

/** What is open by now, and has to be closed. */
interface Opened {
  http?: HttpListener;
  relay?: Relay;
  endFlushing?(): Promise<void>;
  blobs?: OpenBlobs;
  push?: Push;
  listener?: Listener;
  nats?: Nats | null;
  changes?: SharedChanges;
  peers?: OpenPeers | null;
  control?: ControlSocket | null;
  metrics?: MetricsListener | null;
  kv?: Deno.Kv;
}

/** Requests in flight and sockets get this long to end. */
const DRAIN_MS = 5_000;
const FLUSH_MS = 2_000;
const CLOSE_MS = 1_000;

/**
 * Opens storage and listeners and joins the parts. What was opened is closed again where a later step fails.
 *
 * @throws StartFault with words for the operator
 */
export async function startServer(
  config: Config,
  surroundings: Surroundings,
): Promise<RunningServer> {
  const opened: Opened = {};
  let stopping: Promise<void> | null = null;
  const stop = () => stopping ??= runStopSteps(stopGroups(opened), surroundings.log);
  try {
    return { ...await open(config, { ...surroundings, opened }), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function open(
  config: Config,
  { opened, log, nowMs, say }: Surroundings & { opened: Opened },
): Promise<Omit<RunningServer, "stop">> {
  const http = opened.http = await openListener("--bind", {
    endpoint: config.bind,
    open: () => openHttpListener(config.bind, { log, nowMs }),
  });
  const server = serverName(config, http.port);
  const kv = opened.kv = await openRegistryDatabase(config.dbPath, server);

  const store = createRateLimitStore(kv, nowMs);
  const metrics = createMetrics({ startedAtMs: nowMs(), version: VERSION });
  const limiter = createRateLimiter({
    ...{ enabled: config.rateLimits, nowMs, store },
    onRefused: metrics.rateLimited,
  });
  await limiter.load();
  opened.endFlushing = keepFlushing(limiter, { log });

  const publicUrl = (relayPort: number) => relayPublicUrl(config, { server, relayPort });
  // Its port stands in the registry's answers, and it needs the registry's members: the URL is known
  // after both are there, and before anything answers.
  let relayUrl = publicUrl(config.relayBind.port);
  const { sigServerUrl } = config;
  const changes = opened.changes = isRemoteDatabase(config)
    ? await openSharedChanges({ kv, nowMs, afterMs, log })
    : NO_SHARED_CHANGES;
  const homes = homeRelaysOf(config);
  const peers = opened.peers = homes && await openPeers({ kv, nowMs, log });
  const registry = await createRegistry({
    homes,
    changes,
    kv,
    server,
    relayUrl: () => relayUrl,
    sigServerUrl,
    nowMs,
  });
  const { members } = registry;
  const invites = createInvites({ kv, nowMs });
  const isRegistered = isRegisteredIn(registry);
  const push = opened.push = await openServerPush(config, {
    ...{ kv, changes, server, isRegistered, nowMs, log, onSent: metrics.push },
  });
  registry.onReleased(({ primary }) => {
    // What a failure leaves goes with the next start.
    push.removeAllOf(primary)
      .catch((error) => log.error("push.release_failed", { reason: errorText(error) }));
  });
  if (config.relayPolicy !== "off") {
    const policy = config.relayPolicy;
    const relay = opened.relay = await openRelay(config, {
      policy,
      server,
      publicUrl,
      members,
      limiter,
      peers: peers ?? undefined,
      meter: metrics,
      onMessage: (addr, message) => opened.listener?.onHomeMessage(addr, message),
      log,
      nowMs,
    });
    registry.onReleased(relay.removeMail);
    relayUrl = publicUrl(relay.port);
  }

  const listener = opened.listener = openMailListener({
    ...{ push, kv, limiter, nowMs, log },
    relay: opened.relay ?? null,
    relays: config.relays,
    isElsewhere: (addr) => members.relayElsewhere(addr) !== null,
  });
  listener.start().catch((error) => log.error("listener.failed", { reason: errorText(error) }));

  const { blobs, removeAllOf } = opened.blobs = await openBlobs({
    dataDir: config.dataDir,
    kv,
    limits: { maxBytes: config.blobMaxBytes, quotaBytes: config.quotaBytes },
    isMemberKey: members.isMemberKey,
    profileOf: (pubkey) => opened.relay?.profileOf(pubkey) ?? null,
    nowMs,
    log,
  });
  registry.onReleased(({ nostr }) => nostr && removeAllOf(nostr));
  registry.onKeyLeft(removeAllOf);
  const nats = opened.nats = await openNats(config.nats, {
    isRegistered,
    // Primaries begin with ed25519: their nonces are others.
    useOnce: (userNkey) => registry.nonces.use("nats", userNkey),
    verifyEd25519,
    nowMs,
    log,
  });
  const visitors = createVisitorWatch();
  const app = createHttp({
    config,
    server,
    relayUrl,
    version: VERSION,
    registry,
    sigchains: createSigchains({ kv, isRegistered, nowMs }),
    proofs: openProofs(config, { nowMs, log }),
    blobs,
    push,
    natsCallout: nats?.http ?? null,
    messageRelay: () => opened.relay ?? null,
    limiter,
    assets: await loadClient(config.webDir, { server, relayUrl, log }),
    isStorageWritable: createStorageProbe({ kv, nowMs, log }),
    isRelayWritable: () => opened.relay?.isWritable() ?? true,
    onAnswered: metrics.request,
    onVisitor: visitors.seen,
    verifyEd25519,
    nowMs,
    log,
  });
  http.answerWith(withPlainTarget((request, info) => app.fetch(request, info)));
  nats?.start();
  changes.start();
  opened.metrics = await openMetrics(config, {
    ...{ metrics, registry, listener, blobs: opened.blobs },
    relay: opened.relay ?? null,
  });
  opened.control = openControlSocket({
    dataDir: config.dataDir,
    calls: {
      ...administrationCalls({
        ...{ server, registry, invites },
        version: VERSION,
        registration: config.registration,
      }),
      ...visitors.calls,
    },
    log,
  });
  const running = { server, httpPort: http.port, relayPort: opened.relay?.port ?? null, relayUrl };
  if (config.registration === "invite") await offerFirstInvite({ server, invites, say });
  log.info("listening", {
    ...{ url: `${serverOrigin(server)}/`, ...running, version: VERSION },
    ...(opened.metrics ? { metricsPort: opened.metrics.port } : {}),
  });
  return running;
}

/** Null where this server is alone. */
function homeRelaysOf({ relayUrl, relayPeers: [first, ...others] }: Config): HomeRelays | null {
  if (first === undefined || relayUrl === null) return null;
  return createHomeRelays(relayUrl, [first, ...others]);
}

function openRelay(
  config: Config,
  { server, ...rest }:
    & Omit<Surroundings, "say">
    & Pick<
      RelayDeps,
      "policy" | "publicUrl" | "members" | "limiter" | "peers" | "meter" | "onMessage"
    >
    & {
      server: string;
    },
): Promise<Relay> {
  const { relayBind: bind, fsync, retentionS, trustedProxies, adminPubkey, host } = config;
  const info = {
    name: host.name ?? server,
    description: host.sentence ?? `The relay of ${server}`,
    contact: host.contact,
    termsUrl: host.termsUrl,
    version: VERSION,
  };
  const dbPath = relayDatabasePath(config);
  const settings = { bind, dbPath, fsync, retentionS, trustedProxies, adminPubkey };
  return openListener("--relay-bind", {
    endpoint: bind,
    open: () => startRelay({ ...settings, info, ...rest }),
  });
}

async function loadClient(
  dir: string | null,
  { server, relayUrl, log }: { server: string; relayUrl: string; log: Log },
): Promise<StaticAssets> {
  if (dir === null) return noStaticAssets();
  try {
    return await loadStaticAssets(dir, { server, relayUrl });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    log.warn("there is no built client to serve", { folder: dir, hint: "deno task build" });
    return noStaticAssets();
  }
}

/** Sockets and requests first, then what they have left to write, then storage. */
function stopGroups(opened: Opened): StopStep[][] {
  const { http, relay, listener, nats, changes, peers, control, metrics } = opened;
  const { endFlushing, blobs, push, kv } = opened;
  const drain: StopStep[] = [];
  if (metrics) drain.push({ name: "metrics", timeoutMs: CLOSE_MS, run: metrics.stop });
  if (control) drain.push({ name: "control", timeoutMs: CLOSE_MS, run: control.stop });
  if (http) {
    drain.push({ name: "http", timeoutMs: DRAIN_MS, run: http.stop });
  }
  if (relay) drain.push({ name: "relay", timeoutMs: DRAIN_MS, run: () => relay.stop() });
  if (listener) drain.push({ name: "listener", timeoutMs: FLUSH_MS, run: listener.stop });
  if (changes) drain.push({ name: "changes", timeoutMs: FLUSH_MS, run: changes.stop });
  if (peers) {
    drain.push({
      name: "peers",
      timeoutMs: CLOSE_MS,
      run: () => Promise.resolve(peers.stop()),
    });
  }
  if (nats) drain.push({ name: "nats", timeoutMs: FLUSH_MS, run: nats.stop });
  const flush: StopStep[] = [];
  if (endFlushing) flush.push({ name: "rate limits", timeoutMs: FLUSH_MS, run: endFlushing });
  if (push) flush.push({ name: "push", timeoutMs: FLUSH_MS, run: push.stop });
  if (blobs) flush.push({ name: "blobs", timeoutMs: FLUSH_MS, run: blobs.stop });
  const close = kv ? [{ name: "registry", timeoutMs: CLOSE_MS, run: () => kv.close() }] : [];
  return [drain, flush, close];
}
