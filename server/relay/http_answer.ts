/** An answer over plain HTTP. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const PATHS = ["/", "/relay"];
const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
  "access-control-allow-methods": "GET, HEAD, OPTIONS",
};

/** True where the relay is to be found under the path of a request target. */
export function isRelayPath(target: string): boolean {
  return PATHS.includes(target.split("?")[0]!);
}

/**
 * Answers whoever came without a WebSocket: NIP-11 for those who ask for it, one line for a browser.
 *
 * @param information NIP-11's document as JSON text
 */
export function answerHttp(
  { method, target, accept }: { method: string; target: string; accept: string },
  { information, name }: { information: string; name: string },
): HttpAnswer {
  if (!isRelayPath(target)) return { status: 404, headers: TEXT, body: "Not found.\n" };
  if (method === "OPTIONS") return { status: 204, headers: CORS, body: "" };
  if (method !== "GET" && method !== "HEAD") {
    return {
      status: 405,
      headers: { ...TEXT, allow: "GET, HEAD, OPTIONS" },
      body: "Method not allowed.\n",
    };
  }
  if (accept.toLowerCase().includes("application/nostr+json")) {
    const headers = { ...CORS, "content-type": "application/nostr+json", vary: "Accept" };
    return { status: 200, headers, body: information };
  }
  const body = `This is the nostr relay of ${name}. Open it with a nostr client.\n`;
  return { status: 200, headers: { ...TEXT, vary: "Accept" }, body };
}
