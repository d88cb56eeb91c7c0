import type { Fetch } from "../../../../client/fetch_json.ts";

/** What stands for the web: an http server on this machine that is asked whatever is asked of anybody. */
export interface WebStandIn extends AsyncDisposable {
  fetch: Fetch;
  /** `host` and path of what was asked, in order. */
  requests: string[];
  headers: Headers[];
}

export type Answer = (url: URL, request: Request) => Response | Promise<Response>;

/** @param answer is given the URL that was meant */
export function startWeb(answer: Answer): WebStandIn {
  const requests: string[] = [];
  const headers: Headers[] = [];
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen() {},
  }, (request) => {
    const { pathname, search } = new URL(request.url);
    const [, host, ...path] = pathname.split("/");
    requests.push(`${host}/${path.join("/")}${search}`);
    headers.push(request.headers);
    return answer(new URL(`https://${host}/${path.join("/")}${search}`), request);
  });
  const { port } = server.addr;
  return {
    requests,
    headers,
    fetch: (input, init) => {
      const { host, pathname, search } = new URL(input);
      // deno-lint-ignore no-unused-vars
      const { cache, referrerPolicy, ...rest } = init ?? {};
      return fetch(`http://127.0.0.1:${port}/${host}${pathname}${search}`, rest);
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

export const json = (value: unknown, status = 200) => () => Response.json(value, { status });

/** A body that has no end. */
export const endless = () =>
  new Response(
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)),
    }),
  );

/** Headers, and then nothing. */
export const stalled = () => new Response(new ReadableStream({ pull() {} }));
