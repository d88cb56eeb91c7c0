import { decodeUtf8 } from "../../protocol/bytes.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { isPrimary } from "../../protocol/identity.ts";
import { parseJson } from "../../protocol/jcs.ts";
import { verifySigchainEntry } from "../../protocol/sigchain_entry.ts";
import { etagOf, matchesEtag } from "../etag.ts";
import { readBody } from "../http_body.ts";
import { jsonResponse } from "../json_response.ts";
import { Problem } from "../problems.ts";
import type { Sigchains } from "./sigchains.ts";

export interface SigchainRoutesDeps {
  sigchains: Sigchains;
  /** Where another server holds the chains; null: this one does. */
  sigServerUrl: string | null;
  verifyEd25519: VerifyEd25519;
}

/** The calls of `/v1/sigchains/ed25519/:hex`; refusals are thrown. (Specification page 3) */
export function createSigchainRoutes(
  { sigchains, sigServerUrl, verifyEd25519 }: SigchainRoutesDeps,
) {
  const primaryIn = (hex: string): string => {
    if (sigServerUrl !== null) {
      throw new Problem(
        "not_found",
        `This server keeps its sigchains elsewhere (${sigServerUrl}).`,
      );
    }
    const primary = `ed25519:${hex}`;
    if (!isPrimary(primary)) throw new Problem("not_found", "This is no identity. Check the path.");
    return primary;
  };

  return {
    async read(request: Request, hex: string): Promise<Response> {
      const primary = primaryIn(hex);
      const since = sinceOf(request);
      const { length, head, entries } = await sigchains.read(primary, since);
      const etag = etagOf(`${head} ${since}`);
      const headers = { "ETag": etag, "Cache-Control": "no-cache" };
      if (matchesEtag(request.headers.get("If-None-Match"), etag)) {
        return new Response(null, { status: 304, headers });
      }
      return jsonResponse({ primary, length, head, entries }, { headers });
    },

    async append(request: Request, hex: string): Promise<Response> {
      const primary = primaryIn(hex);
      const body = await readBody(request);
      const text = body && decodeUtf8(body);
      if (!text) throw new ProtocolError("malformed", "Send an entry as JSON in UTF-8.");
      const entry = await verifySigchainEntry(parseJson(text), { primary, verifyEd25519 });
      return jsonResponse(await sigchains.append(entry), { status: 201 });
    },
  };
}

function sinceOf(request: Request): number {
  const [since = "0", ...more] = new URL(request.url).searchParams.getAll("since");
  if (!/^\d{1,9}$/.test(since) || more.length > 0) {
    throw new Problem(
      "malformed",
      "Give the number of the first entry that you want, once (?since=12).",
    );
  }
  return Number(since);
}
