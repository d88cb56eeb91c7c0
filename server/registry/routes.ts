import { decodeUtf8 } from "../../protocol/bytes.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { isHandle } from "../../protocol/handle.ts";
import { parseJson } from "../../protocol/jcs.ts";
import { type Registration, verifyRegistration } from "../../protocol/registration.ts";
import { matchesEtag } from "../etag.ts";
import type { RegistrationMode } from "../config.ts";
import { readBody } from "../http_body.ts";
import { jsonResponse } from "../json_response.ts";
import { LOOK_UP_MAX_AGE_S, type LookUp } from "./look_up.ts";
import type { Registry } from "./registry.ts";
import type { Authenticate } from "./request_auth.ts";
import { unknownHandle } from "./rules.ts";

export interface RegistryRoutesDeps {
  registry: Registry;
  server: string;
  /** Who may register. */
  registration: RegistrationMode;
  authenticate: Authenticate;
  verifyEd25519: VerifyEd25519;
  nowMs(): number;
}

/** The registry's calls, each from a request to an answer; refusals are thrown. (Specification page 3) */
export function createRegistryRoutes(deps: RegistryRoutesDeps) {
  const { registry, authenticate } = deps;
  return {
    async register(request: Request): Promise<Response> {
      const { registration, invite } = await readRegistration(request, deps);
      const mode = deps.registration;
      const admission = mode === "invite" ? { mode, code: invite } : { mode };
      const { created, lookUp } = await registry.register(registration, admission);
      return lookUpAnswer(lookUp, {
        status: created ? 201 : 200,
        headers: { Location: `/v1/u/${lookUp.record.handle}` },
      });
    },

    async update(request: Request, handle: string): Promise<Response> {
      const { registration } = await readRegistration(request, deps);
      return lookUpAnswer(await registry.update(handle, registration));
    },

    async release(request: Request, handle: string): Promise<Response> {
      const caller = await authenticate(request, await readBody(request));
      if (!isHandle(handle)) throw unknownHandle();
      await registry.release(handle, caller);
      return new Response(null, { status: 204 });
    },

    async lookUp(request: Request, handle: string): Promise<Response> {
      return conditional(request, isHandle(handle) ? await registry.lookUp(handle) : null);
    },

    async lookUpPrimary(request: Request, hex: string): Promise<Response> {
      const isKey = /^[0-9a-f]{64}$/.test(hex);
      return conditional(request, isKey ? await registry.lookUpPrimary(`ed25519:${hex}`) : null);
    },
  };
}

async function readRegistration(
  request: Request,
  { registry, server, nowMs, verifyEd25519 }: RegistryRoutesDeps,
): Promise<{ registration: Registration; invite: string | null }> {
  const body = await readBody(request);
  const text = body && decodeUtf8(body);
  if (!text) throw new ProtocolError("malformed", "Send a registration as JSON in UTF-8.");
  const { document, invite } = takeInvite(parseJson(text));
  const { isReserved } = registry;
  const rules = { server, nowMs: nowMs(), verifyEd25519, isReserved };
  return { registration: await verifyRegistration(document, rules), invite };
}

/** The document, and the invite that may stand beside it. */
function takeInvite(value: unknown): { document: unknown; invite: string | null } {
  if (typeof value !== "object" || value === null || !("invite" in value)) {
    return { document: value, invite: null };
  }
  const { invite, ...document } = value;
  if (typeof invite !== "string") {
    throw new ProtocolError("malformed", "An invite is a string. Leave it out or correct it.");
  }
  return { document, invite };
}

function conditional(request: Request, lookUp: LookUp | null): Response {
  if (!lookUp) throw unknownHandle();
  if (!matchesEtag(request.headers.get("If-None-Match"), lookUp.etag)) return lookUpAnswer(lookUp);
  return new Response(null, { status: 304, headers: cacheHeaders(lookUp) });
}

function lookUpAnswer(
  lookUp: LookUp,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return jsonResponse(lookUp.body, { status, headers: { ...cacheHeaders(lookUp), ...headers } });
}

function cacheHeaders({ etag }: LookUp): Record<string, string> {
  return { "ETag": etag, "Cache-Control": `max-age=${LOOK_UP_MAX_AGE_S}` };
}
