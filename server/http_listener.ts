import type { Endpoint } from "./config.ts";
import { errorText, type Log } from "./log.ts";
import { internalProblem, problemResponse } from "./problems.ts";

export type HttpHandler = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** A listener that is open before it is known what answers: the answerer's own address depends on the port. */
export interface HttpListener {
  port: number;
  /** Hands over what answers, to be called once. Requests that came earlier wait for it. */
  answerWith(handler: HttpHandler): void;
  /** Takes no more connections; resolves when the requests in flight are answered. */
  stop(): Promise<void>;
}

interface ListenerSurroundings {
  log: Log;
  nowMs(): number;
  /** `Deno.serve`, or what stands in for it in a test. */
  serve?(
    options: Deno.ServeTcpOptions,
    handler: HttpHandler,
  ): Pick<Deno.HttpServer<Deno.NetAddr>, "addr" | "finished" | "shutdown">;
  /** Calls back once after a time, and returns what calls it off. */
  after?(ms: number, callback: () => void): () => void;
}

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/**
 * Opens the listener of the app and its API. Where accepting fails later, as it does when the process has no file
 * descriptor left, it is opened again at the same address, with a growing wait; connections that were open go on.
 *
 * @throws Deno.errors.AddrInUse and the like where the endpoint is not to be had
 */
export function openHttpListener(
  { hostname, port }: Endpoint,
  { log, nowMs, serve = Deno.serve, after = setTimer }: ListenerSurroundings,
): HttpListener {
  const handler = Promise.withResolvers<HttpHandler>();
  const answer: HttpHandler = async (request, info) => (await handler.promise)(request, info);
  const onError = (error: unknown): Response => {
    // The name alone: a message may hold the path that was asked for.
    log.error("request failed", { reason: error instanceof Error ? error.name : typeof error });
    return problemResponse(internalProblem());
  };
  let openedAtMs = nowMs();
  let waitMs = FIRST_WAIT_MS;
  let isStopping = false;
  let callOff = (): void => undefined;

  const open = (atPort: number) => {
    const opened = serve({ hostname, port: atPort, onListen() {}, onError }, answer);
    openedAtMs = nowMs();
    opened.finished.catch(onFailure);
    return opened;
  };
  const onFailure = (error: unknown): void => {
    if (isStopping) return;
    // One that fails again at once belongs to the same trouble, and that is in the log already.
    if (nowMs() - openedAtMs >= MAX_WAIT_MS) waitMs = FIRST_WAIT_MS;
    if (waitMs === FIRST_WAIT_MS) {
      log.error("http listener failed, opening again", { reason: errorText(error) });
    }
    openLater();
  };
  const openLater = (): void => {
    callOff = after(waitMs, openAgain);
    waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
  };
  const openAgain = (): void => {
    try {
      server = open(server.addr.port);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      openLater();
    }
  };

  let server = open(port);
  return {
    port: server.addr.port,
    answerWith: handler.resolve,
    stop() {
      isStopping = true;
      callOff();
      // Where the start failed, nobody else answers those who wait.
      handler.resolve(() => new Response(null, { status: 503 }));
      return server.shutdown();
    },
  };
}

function setTimer(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
