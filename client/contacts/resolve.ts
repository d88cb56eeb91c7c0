import * as v from "valibot";
import { addrOf } from "../../protocol/addr.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { parseHandleInput, serverOrigin } from "../../protocol/handle.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";
import { verifyRegistrationProof } from "../../protocol/registration.ts";
import { answerError } from "../answer_error.ts";
import type { Api } from "../api.ts";
import { type Fetch, FetchFault, fetchJson, type JsonAnswer } from "../fetch_json.ts";
import { type LookUp, readLookUp } from "../look_up.ts";
import { MAX_CONTACT_RELAYS, relaysOfOthers } from "../relays/relay_url.ts";
import { UserError } from "../user_error.ts";

/** Who is behind a handle, as its own registry says, proven by the identity's signature. */
export interface ResolvedContact {
  /** `ed25519:<64 hex>` */
  primary: string;
  /** 64 hex */
  addr: string;
  handle: string;
  server: string;
  /** `handle@server` */
  fqhn: string;
  /** WebSocket URLs, at most 4. */
  relays: string[];
  /** 64 hex, or null. */
  nostr: string | null;
  /** Where the sigchain is, unchecked; null where the registry does not say. */
  sigchainUrl: string | null;
}

/** Who knows which identity is behind a handle. */
export interface ContactDirectory {
  /**
   * Finds the identity behind a handle as a person types it: `bob`, `@bob`, `bob@server[:port]`.
   *
   * @throws UserError `invalid_handle`, `unknown_handle`, `unknown_server`, `unproven_handle`, `no_network`,
   * `server_error`, `rate_limited`
   */
  resolve(input: string): Promise<ResolvedContact>;
  /**
   * Asks the home server alone; null where it has no handle for the primary.
   *
   * @throws UserError `unproven_handle`, `no_network`, `server_error`, `rate_limited`
   */
  lookUpPrimary(primary: string): Promise<ResolvedContact | null>;
}

const WebFingerShape = v.object({
  links: v.array(v.object({ rel: v.string(), href: v.optional(v.string()) })),
});

/** Asks the home server by `api`, others by WebFinger. (RFC 7033; specification page 3) */
export function createContactDirectory(
  { homeServer, api, fetch, verifyEd25519 }: {
    homeServer: string;
    api: Pick<Api, "lookUp" | "lookUpPrimary">;
    fetch: Fetch;
    verifyEd25519: VerifyEd25519;
  },
): ContactDirectory {
  return {
    async resolve(input) {
      const typed = parseHandleInput(input);
      if (!typed) throw new UserError("invalid_handle");
      const { handle, server } = typed;
      if (server === null || server === homeServer) {
        const found = await api.lookUp(handle);
        if (!found) throw new UserError("unknown_handle");
        return await prove(found, { handle, server: homeServer, isHome: true, verifyEd25519 });
      }
      const found = await lookUpAbroad(handle, { server, fetch });
      if (!found) throw new UserError("unknown_handle");
      return await prove(found, { handle, server, isHome: false, verifyEd25519 });
    },
    async lookUpPrimary(primary) {
      const found = await api.lookUpPrimary(primary);
      if (!found) return null;
      const { handle } = found;
      const expected = { handle, server: homeServer, isHome: true, verifyEd25519 };
      return await prove({ ...found, primary }, expected);
    },
  };
}

async function lookUpAbroad(
  handle: string,
  { server, fetch }: { server: string; fetch: Fetch },
): Promise<LookUp | null> {
  const origin = serverOrigin(server);
  const finger = new URL("/.well-known/webfinger", origin);
  finger.searchParams.set("resource", `acct:${handle}@${server}`);
  const found = await ask(finger.href, { server, fetch });
  if (!found) return null;
  const links = v.is(WebFingerShape, found.body) ? found.body.links : [];
  const self = links.find(({ rel }) => rel === "self")?.href ?? "";
  // A server speaks for its own handles alone: it cannot send us elsewhere.
  if (!URL.canParse(self) || new URL(self).origin !== new URL(origin).origin) {
    throw new UserError("unknown_server", { detail: server });
  }
  const answer = await ask(self, { server, fetch });
  if (!answer) return null;
  const lookUp = readLookUp(answer.body);
  if (!lookUp) throw new UserError("unknown_server", { detail: server });
  return lookUp;
}

/** The answer of another server; null for 404. Everything else than 200 makes it no server that we can talk to. */
async function ask(
  url: string,
  { server, fetch }: { server: string; fetch: Fetch },
): Promise<JsonAnswer | null> {
  try {
    const init: RequestInit = { referrerPolicy: "no-referrer" };
    const answer = await fetchJson(url, { fetch, init });
    if (answer.status === 200) return answer;
    if (answer.status === 404) return null;
    if (answer.status === 429) throw answerError(answer);
  } catch (cause) {
    if (!(cause instanceof FetchFault)) throw cause;
    throw new UserError("unknown_server", { detail: server, cause });
  }
  throw new UserError("unknown_server", { detail: server });
}

async function prove(
  { primary, relays, sigchainUrl, registration }: LookUp,
  { handle, server, isHome, verifyEd25519 }: {
    handle: string;
    server: string;
    isHome: boolean;
    verifyEd25519: VerifyEd25519;
  },
): Promise<ResolvedContact> {
  // Only one's own server, or one in this house, may name a relay here: others would have us knock at our own doors.
  const usable = relaysOfOthers(relays, { mayBePrivate: isHome || isPrivateHost(server) });
  try {
    const proof = { handle, server, primary, verifyEd25519 };
    const { payload } = await verifyRegistrationProof(registration, proof);
    return {
      primary,
      addr: addrOf(primary),
      handle,
      server,
      fqhn: `${handle}@${server}`,
      relays: usable.slice(0, MAX_CONTACT_RELAYS),
      nostr: payload.nostr?.pubkey ?? null,
      sigchainUrl,
    };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new UserError("unproven_handle", { detail: server, cause });
  }
}
