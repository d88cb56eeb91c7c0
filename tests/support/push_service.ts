import { decodeBase64url, owned, utf8ToBytes } from "../../protocol/bytes.ts";

/** A push that a service took in, checked by RFC 8030 and RFC 8292. */
export interface ReceivedPush {
  /** Path of the endpoint. */
  path: string;
  ttl: string | null;
  urgency: string | null;
  topic: string | null;
  bodyBytes: number;
  /** The verified claims. */
  claims: { aud: string; exp: number; sub: string };
  publicKey: string;
  atMs: number;
}

/** What the service answers; null: nothing, until the sender gives up. */
export type PushAnswer = Response | null;

/** A push service on this machine, over plain http. */
export interface PushService extends AsyncDisposable {
  port: number;
  /** `http://127.0.0.1:<port>`, for `--push-hosts` without its scheme. */
  origin: string;
  pushes: ReceivedPush[];
  /** Why pushes were turned away; empty where every one was right. */
  faults: string[];
  /** The most requests that were open at once. */
  maxInFlight: number;
  /** Ends when so many pushes have come. */
  received(count: number): Promise<void>;
}

export interface PushServiceOptions {
  answer?(push: ReceivedPush): PushAnswer | Promise<PushAnswer>;
  nowMs?(): number;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const CREATED = () => new Response(null, { status: 201 });

/** Starts a push service that takes a push only where all of it is right. */
export function startPushService(
  { answer = CREATED, nowMs = Date.now }: PushServiceOptions = {},
): PushService {
  const pushes: ReceivedPush[] = [];
  const faults: string[] = [];
  const waiting: { count: number; resolve(): void }[] = [];
  const ending = new AbortController();
  let inFlight = 0;

  async function handle(request: Request): Promise<Response> {
    const push = await readPush(request, { origin: service.origin, nowMs: nowMs() });
    if (typeof push === "string") {
      faults.push(push);
      return new Response(push, { status: 403 });
    }
    pushes.push(push);
    for (const { count, resolve } of waiting) if (pushes.length >= count) resolve();
    return await answer(push) ?? await hang(request.signal);
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => undefined,
  }, async (request) => {
    service.maxInFlight = Math.max(service.maxInFlight, ++inFlight);
    try {
      return await handle(request);
    } finally {
      inFlight--;
    }
  });

  const hang = (signal: AbortSignal): Promise<Response> =>
    new Promise((resolve) => {
      const end = () => resolve(new Response(null, { status: 500 }));
      for (const one of [signal, ending.signal]) one.addEventListener("abort", end, { once: true });
    });

  const service: PushService = {
    port: server.addr.port,
    origin: `http://127.0.0.1:${server.addr.port}`,
    pushes,
    faults,
    maxInFlight: 0,
    received: (count) =>
      new Promise((resolve) => {
        if (pushes.length >= count) resolve();
        else waiting.push({ count, resolve });
      }),
    async [Symbol.asyncDispose]() {
      ending.abort();
      await server.shutdown();
    },
  };
  return service;
}

/** The push, or what is wrong with it. */
async function readPush(
  request: Request,
  { origin, nowMs }: { origin: string; nowMs: number },
): Promise<ReceivedPush | string> {
  const body = await request.arrayBuffer();
  if (request.method !== "POST") return `method ${request.method}`;
  const match = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), k=([\w-]+)$/
    .exec(request.headers.get("Authorization") ?? "");
  if (!match) return "no VAPID authorization";
  const [, head, payload, signature, publicKey] = match as unknown as string[];
  const header = readPart(head!);
  if (header.alg !== "ES256" || header.typ !== "JWT") return `header ${JSON.stringify(header)}`;
  const raw = decodeBase64url(publicKey!)!;
  if (raw.length !== 65) return `public key of ${raw.length} bytes`;
  const key = await crypto.subtle.importKey("raw", raw, ALGORITHM, false, ["verify"]);
  const isValid = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    decodeBase64url(signature!)!,
    owned(utf8ToBytes(`${head}.${payload}`)),
  );
  if (!isValid) return "the token's signature is wrong";
  const claims = readPart(payload!);
  if (claims.aud !== origin) return `aud ${claims.aud}`;
  const aheadS = Number(claims.exp) - nowMs / 1000;
  if (!(aheadS > 0 && aheadS <= 86_400)) return `exp is ${aheadS} s ahead`;
  if (!/^(mailto:|https:)/.test(String(claims.sub))) return `sub ${claims.sub}`;
  return {
    path: new URL(request.url).pathname,
    ttl: request.headers.get("TTL"),
    urgency: request.headers.get("Urgency"),
    topic: request.headers.get("Topic"),
    bodyBytes: body.byteLength,
    claims: claims as ReceivedPush["claims"],
    publicKey: publicKey!,
    atMs: nowMs,
  };
}

function readPart(text: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(decodeBase64url(text)!));
}

/** What a browser gives for an endpoint. */
export function subscriptionOf(endpoint: string) {
  return {
    endpoint,
    expirationTime: null,
    keys: {
      p256dh:
        "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
      auth: "tBHItJI5svbpez7KI4CCXg",
    },
  };
}
