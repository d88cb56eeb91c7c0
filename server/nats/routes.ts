import { createHash, timingSafeEqual } from "node:crypto";
import { decodeUtf8 } from "../../protocol/bytes.ts";
import { readBody } from "../http_body.ts";
import { Problem } from "../problems.ts";
import type { Callout } from "./callout.ts";

/** The callout over HTTP, for a service that stands between nats-server and this one. */
export interface HttpCallout {
  callout: Callout;
  /** What callers have to know. */
  secret: string;
}

const MEDIA_TYPE = "application/jwt";

/** `POST /internal/nats/auth`. (Specification page 8) */
export function createNatsRoutes(nats: HttpCallout | null) {
  return {
    /**
     * @param isTrusted whether this machine or a trusted proxy asks for itself
     * @throws Problem `not_implemented`, `forbidden`, `unauthorized`, and those of a token that is no good request
     */
    async authorize(
      request: Request,
      { isTrusted }: { isTrusted: boolean },
    ): Promise<Response> {
      if (!nats) {
        throw new Problem(
          "not_implemented",
          "This server answers no NATS server. Its host turns that on with --nats-callout-secret-file.",
        );
      }
      if (!isTrusted) {
        throw new Problem("forbidden", "Only this machine and trusted proxies may ask this.");
      }
      checkSecret(request.headers.get("Authorization"), nats.secret);
      return new Response(await nats.callout.answer(await readToken(request)), {
        headers: { "Content-Type": MEDIA_TYPE, "Cache-Control": "no-store" },
      });
    },
  };
}

function checkSecret(header: string | null, secret: string): void {
  const given = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1];
  // Digests are of one length, which the comparison needs, and tell nothing of the secret's.
  if (given !== undefined && timingSafeEqual(digest(given), digest(secret))) return;
  throw new Problem("unauthorized", "Send the secret of --nats-callout-secret-file as Bearer.", {
    headers: { "WWW-Authenticate": "Bearer" },
  });
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

async function readToken(request: Request): Promise<string> {
  const type = request.headers.get("Content-Type")?.replace(/;.*$/, "").trim().toLowerCase();
  const body = await readBody(request);
  const token = body && decodeUtf8(body);
  if (type !== MEDIA_TYPE || !token) {
    throw new Problem("malformed", `Send an authorization request as ${MEDIA_TYPE}.`);
  }
  return token.trim();
}
