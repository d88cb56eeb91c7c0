import { bytesToHex } from "../../protocol/bytes.ts";
import { nostrPubkeyOf, primaryOf } from "../../protocol/identity.ts";
import { authorizeRequest } from "../../protocol/request_auth.ts";
import { type Registration, signRegistration } from "../../protocol/registration.ts";
import { signDocument } from "../../protocol/signed_document.ts";
import { openBlobFiles } from "../../server/blobs/blob_files.ts";
import { createBlobIndex } from "../../server/blobs/blob_index.ts";
import { createBlobs } from "../../server/blobs/blobs.ts";
import type { Config } from "../../server/config.ts";
import { createHttp, type HttpApp, type HttpDeps } from "../../server/http.ts";
import type { Log, LogFields } from "../../server/log.ts";
import { openPush, type Push, type PushDeps } from "../../server/push/push.ts";
import { createResolver } from "../../server/resolver.ts";
import { openProofs } from "../../server/proofs/open_proofs.ts";
import { createRateLimiter, type DurableRateLimiter } from "../../server/rate_limit.ts";
import { createRateLimitStore } from "../../server/rate_limit_store.ts";
import { createRegistry, isRegisteredIn, type Registry } from "../../server/registry/registry.ts";
import { createSigchains } from "../../server/sigchains/sigchains.ts";
import { noStaticAssets } from "../../server/static_assets.ts";
import { createStorageProbe } from "../../server/storage_probe.ts";
import { verifyEd25519 } from "../../server/verify_ed25519.ts";

export const SERVER = "kez.lat";
export const RELAY_URL = "wss://kez.lat/relay";
/** When the known registrations were signed. */
export const START_MS = Date.parse("2026-05-25T03:00:00Z");

/** A person with keys. */
export interface Account {
  identitySecret: Uint8Array;
  nostrSecret: Uint8Array;
  primary: string;
  nostr: string;
}

export function makeAccount(): Account {
  const identitySecret = crypto.getRandomValues(new Uint8Array(32));
  const nostrSecret = crypto.getRandomValues(new Uint8Array(32));
  return {
    identitySecret,
    nostrSecret,
    primary: primaryOf(identitySecret),
    nostr: nostrPubkeyOf(nostrSecret),
  };
}

/** A registration signed by an account; `createdAtMs` defaults to {@link START_MS}. */
export function registrationOf(
  account: Account,
  { handle, server = SERVER, createdAtMs = START_MS }: {
    handle: string;
    server?: string;
    createdAtMs?: number;
  },
): Registration {
  const random = crypto.getRandomValues(new Uint8Array(32));
  return signRegistration({ ...account, handle, server, createdAtMs, random });
}

/** The registration with other payload members (undefined: without it), signed again. */
export function resigned(
  { payload }: Registration,
  { account, members }: { account: Account; members: Record<string, unknown> },
): Registration {
  const changed = JSON.parse(JSON.stringify({ ...payload, ...members }));
  const { identitySecret } = account;
  return signDocument("handle_registration", { payload: changed, identitySecret });
}

export function hexNonce(): string {
  return bytesToHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** The header that authorizes a request. */
export function authorization(
  account: Account,
  { method, path, body = null, nowMs = START_MS, nonce = hexNonce(), server = SERVER }: {
    method: string;
    path: string;
    body?: string | null;
    nowMs?: number;
    nonce?: string;
    server?: string;
  },
): string {
  const { identitySecret } = account;
  const bytes = body === null ? null : new TextEncoder().encode(body);
  const request = { server, method, path, body: bytes };
  return authorizeRequest(request, { identitySecret, nowMs, nonce });
}

export interface LogLine {
  level: string;
  event: string;
  fields: LogFields;
}

export function recordingLog(lines: LogLine[]): Log {
  const at = (level: string) => (event: string, fields: LogFields = {}) =>
    void lines.push({ level, event, fields });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** The HTTP side over storage in memory, with a clock that stands until it is set. */
export interface TestHttp extends AsyncDisposable {
  app: HttpApp;
  kv: Deno.Kv;
  registry: Registry;
  limiter: DurableRateLimiter;
  push: Push;
  clock: { nowMs: number };
  logLines: LogLine[];
  deps: HttpDeps;
  /** `peer` is the address of the socket that the request came over. */
  fetch(path: string, init?: RequestInit & { peer?: string }): Promise<Response>;
  /** Registers and expects 201. */
  register(account: Account, handle: string): Promise<Registration>;
}

const CONFIG: Config = {
  bind: { hostname: "127.0.0.1", port: 0 },
  relayBind: { hostname: "127.0.0.1", port: 0 },
  server: SERVER,
  relayUrl: RELAY_URL,
  sigServerUrl: null,
  proofAllowHosts: [],
  pushHosts: [],
  vapidSubject: null,
  dnsServer: null,
  dataDir: "/nowhere",
  dbPath: ":memory:",
  webDir: null,
  relays: [],
  relayPolicy: "members",
  relayPeers: [],
  adminPubkey: null,
  retentionS: 2_592_000,
  registration: "open",
  blobMaxBytes: 64 * 2 ** 10,
  quotaBytes: 128 * 2 ** 10,
  host: { name: null, sentence: null, contact: null, termsUrl: null },
  trustedProxies: ["127.0.0.0/8", "::1/128"],
  nats: { url: null, issuerSeedFile: null, calloutSecretFile: null, account: null },
  rateLimits: false,
  metrics: null,
  fsync: "full",
  logLevel: "error",
  logFormat: "text",
};

export async function openTestHttp(
  { config = {}, server = SERVER, relayUrl = RELAY_URL, deps = {}, pushDeps = {} }: {
    config?: Partial<Config>;
    server?: string;
    relayUrl?: string;
    deps?: Partial<HttpDeps>;
    pushDeps?: Partial<PushDeps>;
  } = {},
): Promise<TestHttp> {
  const kv = await Deno.openKv(":memory:");
  const clock = { nowMs: START_MS };
  const nowMs = () => clock.nowMs;
  const logLines: LogLine[] = [];
  const log = recordingLog(logLines);
  const whole = { ...CONFIG, ...config };
  const { sigServerUrl } = whole;
  const addresses = { server, relayUrl: () => relayUrl, sigServerUrl };
  const registry = await createRegistry({ kv, ...addresses, nowMs });
  const folder = await Deno.makeTempDir({ prefix: "http-test-" });
  const blobs = createBlobs({
    files: await openBlobFiles(folder),
    index: createBlobIndex(kv),
    limits: { maxBytes: whole.blobMaxBytes, quotaBytes: whole.quotaBytes },
    freeShare: () => Promise.resolve(1),
    nowMs,
  });
  const push = await openPush({
    kv,
    pushHosts: whole.pushHosts,
    vapidSubject: "mailto:admin@kez.lat",
    resolver: createResolver(null),
    isRegistered: isRegisteredIn(registry),
    nowMs,
    random: () => 0,
    afterMs(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    log,
    ...pushDeps,
  });
  const store = createRateLimitStore(kv, nowMs);
  const limiter = createRateLimiter({ enabled: whole.rateLimits, nowMs, store });
  const allDeps: HttpDeps = {
    config: whole,
    server,
    relayUrl,
    version: "0.1.0",
    registry,
    sigchains: createSigchains({ kv, isRegistered: isRegisteredIn(registry), nowMs }),
    proofs: openProofs(whole, { nowMs, log }),
    blobs,
    push,
    natsCallout: null,
    messageRelay: () => null,
    limiter,
    assets: noStaticAssets(),
    isStorageWritable: createStorageProbe({ kv, nowMs, log }),
    onVisitor: () => {},
    onAnswered: () => {},
    isRelayWritable: () => true,
    verifyEd25519,
    nowMs,
    log,
    ...deps,
  };
  const app = createHttp(allDeps);
  const fetch: TestHttp["fetch"] = async (path, { peer = "198.51.100.7", ...init } = {}) => {
    const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: peer, port: 50_000 };
    return await app.fetch(new Request(`https://${server}${path}`, init), { remoteAddr });
  };
  return {
    app,
    kv,
    registry,
    limiter,
    push,
    clock,
    logLines,
    deps: allDeps,
    fetch,
    async register(account, handle) {
      const document = registrationOf(account, { handle, server, createdAtMs: clock.nowMs });
      const response = await fetch("/v1/register", {
        method: "POST",
        body: JSON.stringify(document),
      });
      if (response.status !== 201) throw new Error(await response.text());
      await response.body?.cancel();
      return document;
    },
    async [Symbol.asyncDispose]() {
      await push.stop();
      kv.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
