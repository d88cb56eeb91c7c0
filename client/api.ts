import * as v from "valibot";
import type { Registration } from "../protocol/registration.ts";
import { answerError, fetchError } from "./answer_error.ts";
import { type Fetch, FETCH_TIMEOUT_MS, fetchJson, type JsonAnswer } from "./fetch_json.ts";
import { type LookUp, readLookUp } from "./look_up.ts";

/** What a server tells everyone about itself. (Specification page 3, `GET /v1/config`) */
export interface ServerConfig {
  /** Public name, with its port where it has one. */
  server: string;
  version: string;
  relayUrl: string;
  relays: string[];
  registration: "open" | "invite" | "closed";
  host: {
    name: string | null;
    sentence: string | null;
    contact: string | null;
    termsUrl: string | null;
  };
  retentionS: number;
  /** Largest file that it takes, sealed. */
  blobMaxBytes: number;
}

/** The home server. Methods throw UserError `no_network`, `rate_limited`, `server_error`. */
export interface Api {
  config(): Promise<ServerConfig>;
  /** Null where nobody has the handle. */
  lookUp(handle: string): Promise<LookUp | null>;
  /** Null where the primary (`ed25519:<hex>`) has no handle. */
  lookUpPrimary(primary: string): Promise<LookUp | null>;
  /**
   * Registers, by an invite code where the server asks for one; the very same document again is no fault.
   *
   * @throws UserError also `handle_taken`, `primary_taken`, `nostr_taken`, `invalid_handle`, `reserved_handle`,
   * `registration_closed`, `invalid_invite`, `clock_wrong`
   */
  register(registration: Registration, invite?: string): Promise<LookUp>;
  /** Replaces the registration of the same identity and handle by a newer one. */
  renew(registration: Registration): Promise<LookUp>;
  /**
   * By how much the server's clock is ahead of this device's, as of the last answer; 0 before the first, and where the
   * two agree within a minute.
   */
  serverTimeOffsetMs(): number;
}

/** Less than this may be the coarseness of the Date header and the answer's way. */
const TRUSTED_OFFSET_MS = 60_000;

const ConfigShape = v.pipe(
  v.object({
    server: v.string(),
    version: v.string(),
    relay_url: v.string(),
    relays: v.array(v.string()),
    registration: v.picklist(["open", "invite", "closed"]),
    host: v.object({
      name: v.nullable(v.string()),
      sentence: v.nullable(v.string()),
      contact: v.nullable(v.string()),
      terms_url: v.nullable(v.string()),
    }),
    retention_seconds: v.number(),
    blob: v.object({ max_bytes: v.number() }),
  }),
  v.transform(({ relay_url, retention_seconds, blob, host: { terms_url, ...host }, ...rest }) => ({
    ...rest,
    relayUrl: relay_url,
    retentionS: retention_seconds,
    blobMaxBytes: blob.max_bytes,
    host: { ...host, termsUrl: terms_url },
  })),
);

/** A client of the server at `origin`. */
export function createApi(
  { fetch, origin, nowMs, timeoutMs = FETCH_TIMEOUT_MS }: {
    fetch: Fetch;
    origin: string;
    nowMs: () => number;
    timeoutMs?: number;
  },
): Api {
  let offsetMs = 0;

  async function call(path: string, init?: RequestInit): Promise<JsonAnswer> {
    try {
      const answer = await fetchJson(`${origin}${path}`, { fetch, init, timeoutMs });
      const serverMs = Date.parse(answer.headers.get("Date") ?? "");
      if (!Number.isNaN(serverMs)) offsetMs = serverMs - nowMs();
      return answer;
    } catch (cause) {
      throw fetchError(cause);
    }
  }

  async function find(path: string): Promise<LookUp | null> {
    const answer = await call(path, { cache: "no-cache" });
    if (isProblem(answer, "unknown_handle")) return null;
    return lookUpOf(answer);
  }

  return {
    async config() {
      const answer = await call("/v1/config", { cache: "no-cache" });
      const parsed = v.safeParse(ConfigShape, answer.body);
      if (answer.status !== 200 || !parsed.success) throw answerError(answer);
      return parsed.output;
    },
    lookUp: (handle) => find(`/v1/u/${encodeURIComponent(handle)}`),
    lookUpPrimary: (primary) => find(`/v1/p/${primary.replace(":", "/")}`),
    register: async (registration, invite) =>
      lookUpOf(
        await call("/v1/register", {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(invite === undefined ? registration : { ...registration, invite }),
        }),
      ),
    renew: async (registration) =>
      lookUpOf(
        await call(`/v1/u/${registration.payload.handle}`, {
          method: "PUT",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(registration),
        }),
      ),
    serverTimeOffsetMs: () => Math.abs(offsetMs) < TRUSTED_OFFSET_MS ? 0 : offsetMs,
  };
}

function lookUpOf(answer: JsonAnswer): LookUp {
  const found = answer.status === 200 || answer.status === 201 ? readLookUp(answer.body) : null;
  if (!found) throw answerError(answer);
  return found;
}

function isProblem({ status, body }: JsonAnswer, code: string): boolean {
  return status >= 400 && v.is(v.looseObject({ code: v.literal(code) }), body);
}
