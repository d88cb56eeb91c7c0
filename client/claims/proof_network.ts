import * as v from "valibot";
import { parseHandleInput } from "../../protocol/handle.ts";
import { compareNewestFirst, type NostrEvent } from "../../protocol/nostr_event.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";
import type { UnreachableReason } from "../../protocol/proof_answer.ts";
import type { Directory } from "../chats/people/contact_book.ts";
import { type Fetch, FetchFault, fetchJson, type JsonAnswer } from "../fetch_json.ts";
import type { RelayQueries } from "../relays/relay_queries.ts";
import { uniqueRelays } from "../relays/relay_url.ts";
import { isUserError, UserError } from "../user_error.ts";

/** The account did not answer, or not in a way that says whether the token is there. */
export class ProofUnreachable extends Error {
  override readonly name = "ProofUnreachable";

  constructor(readonly reason: UnreachableReason | "no_network", options?: ErrorOptions) {
    super(reason, options);
  }
}

/** What services are asked by; every answer is bounded in size and time. */
export interface ProofNetwork {
  /**
   * JSON of a shape; null where there is no such thing (404, 410, and what else `missing` names).
   *
   * @throws ProofUnreachable
   */
  json<S extends v.GenericSchema>(
    url: string,
    shape: S,
    options?: { accept?: string; missing?: (answer: JsonAnswer) => boolean },
  ): Promise<v.InferOutput<S> | null>;
  /** Public events of a nostr key (64 hex), the newest first. @throws ProofUnreachable where no relay answers */
  events(author: string, kinds: number[]): Promise<NostrEvent[]>;
  /** The primary behind `user@server`; null where there is none. @throws ProofUnreachable */
  primaryOf(name: string): Promise<string | null>;
}

/** Largest answer that is read, as for a server. */
const MAX_ANSWER_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

/** Of the relays that are asked about somebody's public profile. */
const MAX_ASKED_RELAYS = 8;

/** @param relays those that may have public events, the likeliest first */
export function createProofNetwork(
  { fetch, homeServer, directory, queries, relays }: {
    fetch: Fetch;
    homeServer: string;
    directory: Pick<Directory, "resolve">;
    queries: Pick<RelayQueries, "ask">;
    relays(): readonly string[];
  },
): ProofNetwork {
  return {
    json: createJsonFetcher(fetch),
    async events(author, kinds) {
      const urls = uniqueRelays(relays()).slice(0, MAX_ASKED_RELAYS);
      const answers = await Promise.all(urls.map((url) => queries.ask(url, { author, kinds })));
      const found = answers.filter((events) => events !== null);
      if (found.length === 0) throw new ProofUnreachable("no_network");
      return found.flat().sort(compareNewestFirst);
    },
    async primaryOf(name) {
      const server = parseHandleInput(name)?.server;
      // Nobody's claim has us knock at our own doors.
      if (server && isPrivateHost(server) && !isPrivateHost(homeServer)) {
        throw new ProofUnreachable("forbidden_address");
      }
      try {
        return (await directory.resolve(name)).primary;
      } catch (cause) {
        if (isUserError(cause, "unknown_handle")) return null;
        if (cause instanceof UserError) throw new ProofUnreachable("connection", { cause });
        throw cause;
      }
    },
  };
}

/** Asks services of the web, without saying who asks. */
export function createJsonFetcher(
  fetch: Fetch,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): ProofNetwork["json"] {
  return async (url, shape, { accept = "application/json", missing = () => false } = {}) => {
    if (!isPublicUrl(url)) throw new ProofUnreachable("forbidden_address");
    const answer = await ask(url, { fetch, accept, timeoutMs });
    const { status, headers, body } = answer;
    if (status === 404 || status === 410 || missing(answer)) return null;
    if (status === 429 || status === 403) throw new ProofUnreachable("rate_limited");
    if (status !== 200) throw new ProofUnreachable("http_status");
    const parsed = v.safeParse(shape, body);
    // A body that is no JSON is null as well; to some services null is an answer.
    const isJson = body !== null || /\bjson\b/.test(headers.get("Content-Type") ?? "");
    if (!parsed.success || !isJson) throw new ProofUnreachable("bad_answer");
    return parsed.output;
  };
}

async function ask(
  url: string,
  { fetch, accept, timeoutMs }: { fetch: Fetch; accept: string; timeoutMs: number },
): Promise<JsonAnswer> {
  const init: RequestInit = {
    headers: { Accept: accept },
    referrerPolicy: "no-referrer",
    cache: "no-cache",
  };
  try {
    return await fetchJson(url, { fetch, init, timeoutMs, maxBytes: MAX_ANSWER_BYTES });
  } catch (cause) {
    if (!(cause instanceof FetchFault)) throw cause;
    throw new ProofUnreachable(cause.kind === "unreadable" ? "too_large" : "connection", { cause });
  }
}

/** https on its own port, at a name: nobody's claim has us knock at what is in this house. */
function isPublicUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.port === "" && url.username === "" &&
    url.password === "" && /\.[a-z0-9-]*[a-z][a-z0-9-]*$/.test(url.hostname) &&
    !isPrivateHost(url.hostname);
}
