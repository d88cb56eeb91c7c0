import type { Endpoint } from "../config.ts";

/** Where Prometheus asks. */
export interface MetricsListener {
  port: number;
  stop(): Promise<void>;
}

const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Answers `GET /metrics`, and nothing else, on an address of its own. Whoever reaches it may read it.
 *
 * @param page is made once for all who ask at the same time
 * @throws what `Deno.serve` throws where it cannot listen there
 */
export function openMetricsListener(
  { hostname, port }: Endpoint,
  page: () => Promise<string>,
): MetricsListener {
  let making: Promise<string> | null = null;
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/metrics") return new Response("GET /metrics\n", { status: 404 });
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { Allow: "GET, HEAD" } });
    }
    making ??= page().finally(() => making = null);
    return new Response(await making, { headers: { "Content-Type": CONTENT_TYPE } });
  };
  const onError = () => new Response("the metrics cannot be read\n", { status: 500 });
  const server = Deno.serve({ hostname, port, onListen: () => undefined, onError }, answer);
  return { port: server.addr.port, stop: () => server.shutdown() };
}
