import { decodeUtf8 } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { isHandle } from "../../protocol/handle.ts";
import { formatInstant } from "../../protocol/instant.ts";
import { readBody } from "../http_body.ts";
import { jsonResponse } from "../json_response.ts";
import { Problem } from "../problems.ts";
import type { Push } from "./push.ts";
import { parseSubscription } from "./subscription.ts";

export interface PushRoutesDeps {
  push: Pick<Push, "publicKey" | "subscriptions" | "checkEndpoint" | "test">;
  authenticate(request: Request, body: Uint8Array | null): Promise<{ primary: string }>;
  isRegistered(primary: string): Promise<boolean>;
  /** The primary that has a handle here; null where nobody has. */
  primaryOf(handle: string): Promise<string | null>;
}

/** The calls under `/v1/push`; refusals are thrown. (Specification page 3, "Push") */
export function createPushRoutes(
  { push, authenticate, isRegistered, primaryOf }: PushRoutesDeps,
) {
  const { subscriptions } = push;

  /** The caller's own subscription. */
  async function ownOne(request: Request, id: string) {
    const { primary } = await authenticate(request, await readBody(request));
    const found = subscriptions.find(id);
    if (!found) throw new Problem("not_found", "There is no such subscription. Subscribe again.");
    if (found.primary !== primary) {
      throw new Problem("forbidden", "This subscription is somebody else's.");
    }
    return found;
  }

  return {
    key: () =>
      jsonResponse({ public_key: push.publicKey }, { headers: { "Cache-Control": "max-age=60" } }),

    async subscribe(request: Request): Promise<Response> {
      const body = await readBody(request);
      const { primary } = await authenticate(request, body);
      if (!(await isRegistered(primary))) {
        throw new Problem("not_registered", "Only who has a handle here can subscribe.");
      }
      const text = body && decodeUtf8(body);
      if (!text) throw new ProtocolError("malformed", "Send a subscription as JSON in UTF-8.");
      const document = parseSubscription(text);
      await push.checkEndpoint(document.endpoint);
      const { id, created } = await subscriptions.add(primary, document);
      return jsonResponse({ id }, { status: created ? 201 : 200 });
    },

    async list(request: Request, handle: string): Promise<Response> {
      const caller = await authenticate(request, null);
      const primary = isHandle(handle) ? await primaryOf(handle) : null;
      if (primary === null) {
        throw new Problem("unknown_handle", "Nobody has this handle here. Check the spelling.");
      }
      if (primary !== caller.primary) {
        throw new Problem("forbidden", "Only who has the handle may see its subscriptions.");
      }
      const listed = subscriptions.of(primary).map(({ id, createdAtMs }) => ({
        id,
        created_at: formatInstant(createdAtMs),
      }));
      const headers = { "Cache-Control": "no-store" };
      return jsonResponse({ handle, subscriptions: listed }, { headers });
    },

    async unsubscribe(request: Request, id: string): Promise<Response> {
      const { id: own } = await ownOne(request, id);
      await subscriptions.remove(own);
      return new Response(null, { status: 204 });
    },

    /** Sends a push to the own device now, and says how that ended. */
    async test(request: Request, id: string): Promise<Response> {
      const result = await push.test(await ownOne(request, id));
      return jsonResponse({ result }, { headers: { "Cache-Control": "no-store" } });
    },
  };
}
