import * as v from "valibot";
import { bytesToHex, utf8ToBytes } from "../protocol/bytes.ts";
import { authorizeRequest } from "../protocol/request_auth.ts";
import { fetchError } from "./answer_error.ts";
import { type Fetch, fetchJson, type JsonAnswer } from "./fetch_json.ts";

/**
 * Calls the home server for the account.
 *
 * @param path WHATWG `pathname` + `search`
 * @throws UserError `no_network`, `server_error`
 */
export type AuthorizedCall = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  body?: unknown,
) => Promise<JsonAnswer>;

const Unauthorized = v.looseObject({ server_time: v.string() });

/** Signs each call; where the server finds this device's clock wrong, once more by its own. (Specification page 1) */
export function createAuthorizedCall(
  { fetch, origin, server, identitySecret, nowMs, randomBytes, maxAnswerBytes }: {
    fetch: Fetch;
    origin: string;
    /** Its public name. */
    server: string;
    identitySecret: Uint8Array;
    nowMs(): number;
    randomBytes(length: number): Uint8Array;
    /** Of JSON as `fetchJson` takes it where nothing is said. */
    maxAnswerBytes?: number;
  },
): AuthorizedCall {
  async function call(
    { method, path, body }: { method: string; path: string; body: string | null },
    atMs: number,
  ): Promise<JsonAnswer> {
    const request = { server, method, path, body: body === null ? null : utf8ToBytes(body) };
    const nonce = bytesToHex(randomBytes(16));
    const headers = {
      Authorization: authorizeRequest(request, { identitySecret, nowMs: atMs, nonce }),
      ...(body === null ? {} : { "Content-Type": "application/json" }),
    };
    try {
      const init = { method, headers, body };
      return await fetchJson(origin + path, { fetch, init, maxBytes: maxAnswerBytes });
    } catch (cause) {
      throw fetchError(cause);
    }
  }

  return async (method, path, body) => {
    const request = { method, path, body: body === undefined ? null : JSON.stringify(body) };
    const answer = await call(request, nowMs());
    const isClockWrong = answer.status === 401 && v.is(Unauthorized, answer.body);
    const serverMs = isClockWrong
      ? Date.parse((answer.body as { server_time: string }).server_time)
      : NaN;
    return Number.isNaN(serverMs) ? answer : await call(request, serverMs);
  };
}
