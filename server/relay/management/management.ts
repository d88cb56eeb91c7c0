import { decodeUtf8 } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import {
  checkHttpAuthPayload,
  HTTP_AUTH_WINDOW_S,
  parseHttpAuth,
} from "../../../protocol/http_auth.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Log } from "../../log.ts";
import { faultFields } from "../../storage_fault.ts";
import {
  corsHeaders,
  type HttpAnswer,
  HttpFault,
  type HttpRequest,
  RPC_CONTENT_TYPE,
} from "../http_answer.ts";
import type { ManagementMethods } from "./management_methods.ts";
import { CallError } from "./management_params.ts";
import { createUsedTokens } from "./used_tokens.ts";

export interface ManagementDeps {
  /** The only key that may call, 64 hex. */
  adminPubkey: string;
  methods: ManagementMethods;
  /** True where a URL is one of this relay's. */
  isOwnUrl(url: URL): boolean;
  /** True where the event's author signed its id; null where the relay stops. */
  verify(event: NostrEvent): Promise<boolean | null>;
  /** Takes a token of a client's bucket; false where it is empty. */
  takeCall(client: string): boolean;
  nowS(): number;
  log: Log;
}

/** Answers one call. */
export type Management = (
  request: Pick<HttpRequest, "method" | "authorization" | "client" | "readBody">,
) => Promise<HttpAnswer>;

/** Calls within the two minutes for which an event can count. */
const MAX_USED_SIGNATURES = 10_000;

/**
 * The management API. Nobody's body is read but the operator's. (NIP-86)
 *
 * @returns what answers a call; it never throws
 */
export function createManagement(deps: ManagementDeps): Management {
  const { methods, log } = deps;
  const authorize = createAuthorizer(deps);

  const call = async (request: Parameters<Management>[0]): Promise<unknown> => {
    const event = await authorize(request);
    const body = await request.readBody();
    checkHttpAuthPayload(event, body);
    const { method, params } = parseCall(body);
    const run = methods.get(method);
    if (!run) throw new CallError("there is no such method; supportedmethods lists those that are");
    const result = await run(params);
    log.info("relay.managed", { method });
    return result;
  };

  return async (request) => {
    try {
      return answerOf(200, { result: await call(request) });
    } catch (error) {
      if (error instanceof CallError) return answerOf(200, { error: error.message });
      if (error instanceof HttpFault) {
        return answerOf(error.status, { error: error.message });
      }
      if (error instanceof ProtocolError) return answerOf(401, { error: error.message });
      log.error("relay.management_failed", faultFields(error));
      return answerOf(200, { error: "the relay could not do this, try again later" });
    }
  };
}

/** Checks who calls, cheap things first; an event that passed does so once. */
function createAuthorizer(
  { adminPubkey, isOwnUrl, verify, takeCall, nowS }: ManagementDeps,
): (request: Pick<HttpRequest, "method" | "authorization" | "client">) => Promise<NostrEvent> {
  const used = createUsedTokens(MAX_USED_SIGNATURES);
  return async ({ method, authorization, client }) => {
    if (!takeCall(client)) throw new HttpFault(429, "too many calls, slow down");
    const event = parseHttpAuth(authorization, { method, isOwnUrl, nowS: nowS() });
    if (event.pubkey !== adminPubkey) {
      throw new HttpFault(403, "only the operator's key may manage this relay");
    }
    const isValid = await verify(event);
    if (isValid === null) throw new HttpFault(503, "the relay is stopping");
    if (!isValid) throw new HttpFault(401, "the signature is not right");
    const untilS = event.created_at + HTTP_AUTH_WINDOW_S;
    // Not the id: of two equal calls within a second it is the same.
    if (!used.use(event.sig, { untilS, nowS: nowS() })) {
      throw new HttpFault(401, "this authorization was used before; sign each call anew");
    }
    return event;
  };
}

function parseCall(body: Uint8Array): { method: string; params: unknown[] } {
  const text = decodeUtf8(body);
  let call: unknown;
  try {
    call = text === null ? null : JSON.parse(text);
  } catch {
    throw new CallError("the body is not JSON");
  }
  if (typeof call !== "object" || call === null) throw new CallError("a call is a JSON object");
  const { method, params = [] } = call as { method?: unknown; params?: unknown };
  if (typeof method !== "string") throw new CallError("method must be a string");
  if (!Array.isArray(params)) throw new CallError("params must be an array");
  return { method, params };
}

function answerOf(status: number, body: { result: unknown } | { error: string }): HttpAnswer {
  const headers = {
    ...corsHeaders({ isManaged: true }),
    "content-type": RPC_CONTENT_TYPE,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 401 ? { "www-authenticate": "Nostr" } : {}),
  };
  return { status, headers, body: JSON.stringify(body) };
}
