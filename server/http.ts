import { Hono } from "hono";
import { methodNotAllowed as refuseOtherMethods } from "hono/method-not-allowed";
import { CLAIM_SERVICES } from "../protocol/claim.ts";
import type { VerifyEd25519 } from "../protocol/ed25519.ts";
import { serverOrigin } from "../protocol/handle.ts";
import { verifyEvent } from "../protocol/nostr_event.ts";
import type { Blobs } from "./blobs/blobs.ts";
import { createBlobRoutes } from "./blobs/routes.ts";
import { answerClient, methodNotAllowed } from "./client_routes.ts";
import type { Config } from "./config.ts";
import { callerOf, type ConnectionBindings, isFromInside } from "./http_caller.ts";
import { blobCors, dateHeader, noSniff, openCors } from "./http_headers.ts";
import { BLOB_IN_FLIGHT_LIMITS, limitInFlight } from "./http_in_flight.ts";
import {
  BLOB_RULE,
  limitRate,
  LOOK_UP_RULE,
  MESSAGE_RULE,
  PUSH_RULE,
  REGISTRATION_RULE,
  SIGCHAIN_RULE,
} from "./http_rate_limit.ts";
import { measure, type Measured } from "./http_measure.ts";
import { jsonResponse } from "./json_response.ts";
import type { Log } from "./log.ts";
import type { MessageRelay } from "./messages/messages.ts";
import { createMessageRoutes } from "./messages/routes.ts";
import { internalProblem, problemOf, problemResponse } from "./problems.ts";
import { answerProfilePage } from "./profile_page.ts";
import type { Proofs } from "./proofs/proofs.ts";
import { createProofRoutes } from "./proofs/routes.ts";
import { createNatsRoutes, type HttpCallout } from "./nats/routes.ts";
import type { Push } from "./push/push.ts";
import { createPushRoutes } from "./push/routes.ts";
import type { DurableRateLimiter } from "./rate_limit.ts";
import { answerNip05, answerWebFinger } from "./registry/discovery.ts";
import { isRegisteredIn, type Registry } from "./registry/registry.ts";
import { createAuthenticate } from "./registry/request_auth.ts";
import { createRegistryRoutes } from "./registry/routes.ts";
import { createSigchainRoutes } from "./sigchains/routes.ts";
import type { Sigchains } from "./sigchains/sigchains.ts";
import type { StaticAssets } from "./static_assets.ts";
import { faultFields } from "./storage_fault.ts";

export interface HttpDeps {
  config: Config;
  /** The public name, as registrations are signed for. */
  server: string;
  relayUrl: string;
  version: string;
  registry: Registry;
  sigchains: Sigchains;
  proofs: Proofs;
  blobs: Blobs;
  /** Null where NATS is not configured. */
  natsCallout: HttpCallout | null;
  push: Pick<Push, "publicKey" | "subscriptions" | "checkEndpoint" | "test">;
  limiter: Pick<DurableRateLimiter, "take" | "flush">;
  assets: StaticAssets;
  /** The home relay; null where none runs. */
  messageRelay(): MessageRelay | null;
  /** Whether the registry's storage takes writes. */
  isStorageWritable(): Promise<boolean>;
  /** Whether the relay's store does; true where no relay runs. */
  isRelayWritable(): boolean;
  /** Is told of each answer, and by which route's pattern it was given. */
  onAnswered: Measured;
  /** Is told whom a visitor counts as that brings the doctor's token. */
  onVisitor(token: string, caller: string): void;
  verifyEd25519: VerifyEd25519;
  nowMs(): number;
  log: Log;
}

/** `/<sha256>`, and with any extension, which says nothing. (BUD-01) */
const BLOB_PATH = "/:blob{[0-9a-f]{64}(?:\\.[A-Za-z0-9]{1,16})?}";
const blobIn = (segment: string) => segment.slice(0, 64);

export type HttpApp = Hono<{ Bindings: ConnectionBindings }>;

/** Every route and middleware of the HTTP side. `app.fetch(request, { remoteAddr })` answers. (Specification page 3) */
export function createHttp(deps: HttpDeps): HttpApp {
  const { config, server, registry, limiter, assets, verifyEd25519, nowMs, log } = deps;
  const { registration, trustedProxies } = config;
  const authenticate = createAuthenticate({
    server,
    nonces: registry.nonces,
    verifyEd25519,
    nowMs,
  });
  const handles = createRegistryRoutes({
    registry,
    server,
    registration,
    authenticate,
    verifyEd25519,
    nowMs,
  });
  const registrationRate = limitRate(REGISTRATION_RULE, { limiter, trustedProxies });
  const lookUpRate = limitRate(LOOK_UP_RULE, { limiter, trustedProxies });

  const { sigServerUrl } = config;
  const sigchainRate = limitRate(SIGCHAIN_RULE, { limiter, trustedProxies });
  const sigchains = createSigchainRoutes({
    sigchains: deps.sigchains,
    sigServerUrl,
    verifyEd25519,
  });

  const proofs = createProofRoutes({
    proofs: deps.proofs,
    limiter,
    isRegistered: isRegisteredIn(registry),
    authenticate,
  });

  const blobRate = limitRate(BLOB_RULE, { limiter, trustedProxies });
  const blobs = createBlobRoutes({
    blobs: deps.blobs,
    server,
    origin: serverOrigin(server),
    isMemberKey: registry.members.isMemberKey,
    verifyEvent,
    nowMs,
  });

  const messageRate = limitRate(MESSAGE_RULE, { limiter, trustedProxies, isDurable: true });
  const messages = createMessageRoutes({
    relay: deps.messageRelay,
    relayElsewhere: registry.members.relayElsewhere,
    authenticate,
    limiter,
    nowMs,
  });

  const pushRate = limitRate(PUSH_RULE, { limiter, trustedProxies });
  const push = createPushRoutes({
    push: deps.push,
    authenticate,
    isRegistered: isRegisteredIn(registry),
    primaryOf: async (handle) => (await registry.lookUp(handle))?.record.primary ?? null,
  });

  const app: HttpApp = new Hono();
  app.use(measure(deps.onAnswered));
  app.use(noSniff, dateHeader(nowMs));
  app.use("/v1/*", openCors);
  app.use("/.well-known/*", openCors);
  for (const path of ["/upload", "/list/*", BLOB_PATH]) app.use(path, blobCors);
  app.use(limitInFlight(trustedProxies));
  const blobsInFlight = limitInFlight(trustedProxies, BLOB_IN_FLIGHT_LIMITS);
  for (const path of ["/upload", BLOB_PATH]) app.use(path, blobsInFlight);
  app.use(refuseOtherMethods({
    app,
    onMethodNotAllowed: (_, allowed) => problemResponse(methodNotAllowed(allowed)),
  }));

  app.get("/v1/healthz", (c) => {
    const token = c.req.query("visitor");
    if (token !== undefined) deps.onVisitor(token, callerOf(c, trustedProxies));
    return health(deps);
  });
  app.get("/v1/config", () => publicConfig(deps));

  app.post("/v1/register", registrationRate, (c) => handles.register(c.req.raw));
  app.get("/v1/u/:handle", lookUpRate, (c) => handles.lookUp(c.req.raw, c.req.param("handle")));
  app.put("/v1/u/:handle", lookUpRate, (c) => handles.update(c.req.raw, c.req.param("handle")));
  app.delete("/v1/u/:handle", lookUpRate, (c) => handles.release(c.req.raw, c.req.param("handle")));
  app.get(
    "/v1/p/ed25519/:hex",
    lookUpRate,
    (c) => handles.lookUpPrimary(c.req.raw, c.req.param("hex")),
  );

  const chainPath = "/v1/sigchains/ed25519/:hex";
  app.get(chainPath, lookUpRate, (c) => sigchains.read(c.req.raw, c.req.param("hex")));
  app.post(chainPath, sigchainRate, (c) => sigchains.append(c.req.raw, c.req.param("hex")));

  app.get(
    "/v1/proofs/:service/:subject",
    lookUpRate,
    (c) => proofs.fetch(c.req.raw, c.req.param()),
  );

  app.post(
    "/v1/messages",
    messageRate,
    (c) => messages.send(c.req.raw, callerOf(c, trustedProxies)),
  );
  app.get(
    "/v1/messages",
    messageRate,
    (c) => messages.list(c.req.raw, callerOf(c, trustedProxies)),
  );

  const subscriptionPath = "/v1/push/subscriptions/:id{[0-9a-f]{64}}";
  app.get("/v1/push/key", () => push.key());
  app.post("/v1/push/subscriptions", pushRate, (c) => push.subscribe(c.req.raw));
  app.post(
    `${subscriptionPath}/test`,
    pushRate,
    (c) => push.test(c.req.raw, c.req.param("id")),
  );
  app.get(
    "/v1/push/subscriptions/:handle",
    lookUpRate,
    (c) => push.list(c.req.raw, c.req.param("handle")),
  );
  app.delete(
    "/v1/push/subscriptions/:id",
    pushRate,
    (c) => push.unsubscribe(c.req.raw, c.req.param("id")),
  );

  app.get("/upload", blobRate, (c) => blobs.mayUpload(c.req.raw));
  app.put("/upload", blobRate, (c) => blobs.upload(c.req.raw));
  app.get(
    "/list/:pubkey{[0-9a-f]{64}}",
    blobRate,
    (c) => blobs.list(c.req.raw, c.req.param("pubkey")),
  );
  app.get(BLOB_PATH, (c) => blobs.serve(c.req.raw, blobIn(c.req.param("blob"))));
  app.delete(BLOB_PATH, blobRate, (c) => blobs.remove(c.req.raw, blobIn(c.req.param("blob"))));

  const nats = createNatsRoutes(deps.natsCallout);
  app.post(
    "/internal/nats/auth",
    (c) => nats.authorize(c.req.raw, { isTrusted: isFromInside(c, trustedProxies) }),
  );

  app.get(
    "/.well-known/webfinger",
    lookUpRate,
    (c) => answerWebFinger(c.req.raw, { ...deps, sigServerUrl }),
  );
  app.get("/.well-known/nostr.json", lookUpRate, (c) => answerNip05(c.req.raw, deps));

  app.get("/u/:handle", async (c) => {
    // Whoever asks for too many is told of nobody; the page is there all the same.
    const { allowed } = limiter.take(LOOK_UP_RULE, callerOf(c, trustedProxies));
    const findHandle = async (handle: string) =>
      allowed ? (await registry.lookUp(handle))?.record.handle ?? null : null;
    const page = { assets, server, hostName: config.host.name, findHandle };
    const answer = await answerProfilePage(c.req.raw, {
      handle: c.req.param("handle"),
      deps: page,
    });
    return answer ?? answerClient(c.req.raw, assets);
  });

  app.notFound((c) => answerClient(c.req.raw, assets));
  app.onError((error) => {
    const problem = problemOf(error, nowMs());
    if (!problem) log.error("request failed", faultFields(error));
    return problemResponse(problem ?? internalProblem(error));
  });
  return app;
}

async function health(deps: HttpDeps): Promise<Response> {
  const { server, version } = deps;
  const headers = { "Cache-Control": "no-store" };
  const isWritable = { storage: await deps.isStorageWritable(), relay: deps.isRelayWritable() };
  if (isWritable.storage && isWritable.relay) {
    return jsonResponse({ status: "ok", server, version }, { headers });
  }
  const verdict = (isGood: boolean) => isGood ? "ok" : "cannot be written";
  const checks = { storage: verdict(isWritable.storage), relay: verdict(isWritable.relay) };
  return jsonResponse({ status: "degraded", checks }, { status: 503, headers });
}

function publicConfig({ config, server, version, relayUrl }: HttpDeps): Response {
  const { name, sentence, contact, termsUrl } = config.host;
  return jsonResponse({
    server,
    version,
    relay_url: relayUrl,
    relays: config.relays,
    registration: config.registration,
    host: { name, sentence, contact, terms_url: termsUrl },
    retention_seconds: config.retentionS,
    blob: { max_bytes: config.blobMaxBytes },
    services: CLAIM_SERVICES,
  }, { headers: { "Cache-Control": "max-age=60" } });
}
