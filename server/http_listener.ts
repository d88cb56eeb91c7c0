import type { Endpoint } from "./config.ts";

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

/**
 * Opens the listener of the app and its API.
 *
 * @throws Deno.errors.AddrInUse and the like where the endpoint is not to be had
 */
export function openHttpListener({ hostname, port }: Endpoint): HttpListener {
  const handler = Promise.withResolvers<HttpHandler>();
  const server = Deno.serve(
    { hostname, port, onListen() {} },
    async (request, info) => (await handler.promise)(request, info),
  );
  return {
    port: server.addr.port,
    answerWith: handler.resolve,
    stop() {
      // Where the start failed, nobody else answers those who wait.
      handler.resolve(() => new Response(null, { status: 503 }));
      return server.shutdown();
    },
  };
}
