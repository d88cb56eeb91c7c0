/** A request over plain HTTP. */
export interface HttpRequest {
  method: string;
  /** Path and query. */
  target: string;
  /** Headers; empty where there is none. */
  accept: string;
  contentType: string;
  authorization: string | null;
  /** Whose requests are counted together, as `clientKey` gives it. */
  client: string;
  /** Reads the body, once. @throws HttpFault */
  readBody(): Promise<Uint8Array>;
}

/** An answer over plain HTTP. */
export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What {@link answerHttp} tells of the relay. */
export interface HttpFacts {
  /** NIP-11's document. */
  information: Record<string, unknown>;
  name: string;
  /** True where there is a management API. (NIP-86) */
  isManaged: boolean;
}

const PATHS = ["/", "/relay"];
const NO_SNIFF = { "x-content-type-options": "nosniff" };
const TEXT = { "content-type": "text/plain; charset=utf-8", ...NO_SNIFF };
const READING = "GET, HEAD, OPTIONS";
const MANAGING = "GET, HEAD, POST, OPTIONS";
export const RPC_CONTENT_TYPE = "application/nostr+json+rpc";

/** True where the relay is to be found under the path of a request target. */
export function isRelayPath(target: string): boolean {
  return PATHS.includes(target.split("?")[0]!);
}

/** True for a call of the management API. (NIP-86) */
export function isManagementCall(
  { method, target, contentType }: Pick<HttpRequest, "method" | "target" | "contentType">,
): boolean {
  return method === "POST" && isRelayPath(target) &&
    contentType.split(";")[0]!.trim().toLowerCase() === RPC_CONTENT_TYPE;
}

/** Headers that open an answer to the pages of every origin. */
export function corsHeaders({ isManaged }: { isManaged: boolean }): Record<string, string> {
  return {
    "access-control-allow-origin": "*",
    // The asterisk stands for every header but Authorization. (Fetch Standard, "CORS non-wildcard request-header name")
    "access-control-allow-headers": isManaged ? "*, Authorization, Content-Type" : "*",
    "access-control-allow-methods": isManaged ? MANAGING : READING,
  };
}

/** Why a request is refused, with the HTTP status that says so. */
export class HttpFault extends Error {
  override readonly name = "HttpFault";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Answers whoever came without a WebSocket: NIP-11 for those who ask for it, one line for a browser. */
export function answerHttp(
  { method, target, accept }: Pick<HttpRequest, "method" | "target" | "accept">,
  { information, name, isManaged }: HttpFacts,
): HttpAnswer {
  if (!isRelayPath(target)) return { status: 404, headers: TEXT, body: "Not found.\n" };
  const cors = corsHeaders({ isManaged });
  if (method === "OPTIONS") return { status: 204, headers: cors, body: "" };
  if (method !== "GET" && method !== "HEAD") {
    const headers = { ...TEXT, allow: isManaged ? MANAGING : READING };
    return { status: 405, headers, body: "Method not allowed.\n" };
  }
  if (accept.toLowerCase().includes("application/nostr+json")) {
    const type = { "content-type": "application/nostr+json", ...NO_SNIFF };
    const headers = { ...cors, ...type, vary: "Accept" };
    return { status: 200, headers, body: JSON.stringify(information) };
  }
  const body = `This is the nostr relay of ${name}. Open it with a nostr client.\n`;
  return { status: 200, headers: { ...TEXT, vary: "Accept" }, body };
}
