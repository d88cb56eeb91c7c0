import { allowsBlob, type BlobVerb, parseBlobAuth } from "../../protocol/blob_auth.ts";
import { isHex } from "../../protocol/bytes.ts";
import { unauthorized } from "../../protocol/nostr_authorization.ts";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { methodNotAllowed } from "../client_routes.ts";
import { jsonResponse } from "../json_response.ts";
import { Problem } from "../problems.ts";
import { readChunks } from "./blob_body.ts";
import type { OwnedBlob } from "./blob_index.ts";
import { extensionOf, OPAQUE_TYPE } from "./blob_type.ts";
import type { Blobs, FoundBlob } from "./blobs.ts";
import { parseByteRange } from "./byte_range.ts";

/** Answers the calls on blobs. (Blossom BUD-01, 02, 06; specification page 3, "Blobs") */
export interface BlobRoutes {
  /** `GET` and `HEAD /<sha256>[.ext]`. @throws Problem `not_found` */
  serve(request: Request, sha256: string): Promise<Response>;
  /** `PUT /upload`. */
  upload(request: Request): Promise<Response>;
  /** `HEAD /upload`: what an upload would be answered, by headers alone. */
  mayUpload(request: Request): Promise<Response>;
  /** `DELETE /<sha256>`. */
  remove(request: Request, sha256: string): Promise<Response>;
  /** `GET /list/<pubkey>`, the owner's alone. */
  list(request: Request, pubkey: string): Promise<Response>;
}

/** @param isMemberKey true where the nostr key is that of a registered identity */
export function createBlobRoutes(
  { blobs, server, origin, isMemberKey, verifyEvent, nowMs }: {
    blobs: Blobs;
    /** The public host name. */
    server: string;
    /** `https://…`, without a slash at its end. */
    origin: string;
    isMemberKey(pubkey: string): boolean;
    verifyEvent(event: NostrEvent): boolean;
    nowMs(): number;
  },
): BlobRoutes {
  function assertMember(pubkey: string): void {
    if (isMemberKey(pubkey)) return;
    throw new Problem("forbidden", "Only people who are registered here may do this.");
  }

  /** The caller's event; its key is a member's. @throws ProtocolError `unauthorized`; Problem `forbidden` */
  function authorize(request: Request, verb: BlobVerb, sha256: string | null): NostrEvent {
    const nowS = Math.floor(nowMs() / 1000);
    const rules = { verb, sha256, server, nowS };
    const event = parseBlobAuth(request.headers.get("Authorization"), rules);
    assertMember(event.pubkey);
    if (!verifyEvent(event)) throw unauthorized("the signature is not right");
    return event;
  }

  /** A blob descriptor. (BUD-02) */
  function describe(sha256: string, { size, type, uploadedAtMs }: OwnedBlob) {
    const url = `${origin}/${sha256}.${extensionOf(type)}`;
    return { url, sha256, size, type, uploaded: Math.floor(uploadedAtMs / 1000) };
  }

  return {
    async serve(request, sha256) {
      const blob = await blobs.find(sha256);
      if (!blob) throw notFound();
      const headers = headersOf(blob);
      if (request.headers.get("If-None-Match") === headers.ETag) {
        return new Response(null, { status: 304, headers });
      }
      const isRead = request.method === "GET";
      const range = isRead ? parseByteRange(request.headers.get("Range"), blob.size) : null;
      if (range === "unsatisfiable") {
        const status = 416;
        return new Response(null, {
          status,
          headers: { ...headers, "Content-Range": `bytes */${blob.size}` },
        });
      }
      const { start, end } = range ?? { start: 0, end: blob.size };
      const body = isRead ? await blobs.read(blob, { start, end }) : null;
      if (isRead && !body) throw notFound();
      const length = { "Content-Length": String(end - start) };
      return range
        ? new Response(body, {
          status: 206,
          headers: {
            ...headers,
            ...length,
            "Content-Range": `bytes ${start}-${end - 1}/${blob.size}`,
          },
        })
        : new Response(body, { headers: { ...headers, ...length } });
    },

    async upload(request) {
      const declared = request.headers.get("X-SHA-256");
      const event = authorize(request, "upload", declared);
      await blobs.checkRoom(event.pubkey, sizeIn(request.headers.get("Content-Length")) ?? 0);
      const { sha256, blob, isNew } = await blobs.upload({
        pubkey: event.pubkey,
        body: readChunks(request),
        accept(sha256) {
          // An upload takes its time.
          assertMember(event.pubkey);
          if (declared !== null && declared !== sha256) {
            throw new Problem("malformed", "X-SHA-256 is not the SHA-256 of the body.");
          }
          if (!allowsBlob(event, sha256)) {
            throw unauthorized("no x tag is the SHA-256 of the body");
          }
        },
      });
      return jsonResponse(describe(sha256, blob), { status: isNew ? 201 : 200 });
    },

    async mayUpload(request) {
      // Frameworks hand HEAD on as GET.
      if (request.method !== "HEAD") throw methodNotAllowed(["HEAD", "PUT"]);
      const declared = request.headers.get("X-SHA-256");
      const size = sizeIn(request.headers.get("X-Content-Length"));
      if (declared === null || !isHex(declared, 32) || size === null) {
        throw new Problem("malformed", "Send X-SHA-256 and X-Content-Length of what is to come.");
      }
      const { pubkey } = authorize(request, "upload", declared);
      await blobs.checkRoom(pubkey, size);
      return new Response(null, { status: 200 });
    },

    async remove(request, sha256) {
      const { pubkey } = authorize(request, "delete", sha256);
      await blobs.remove(sha256, pubkey);
      return new Response(null, { status: 204 });
    },

    async list(request, pubkey) {
      const event = authorize(request, "list", null);
      if (event.pubkey !== pubkey) {
        throw new Problem("forbidden", "People see the list of their own blobs alone.");
      }
      const owned = await blobs.list(pubkey);
      const listed = owned.map(([sha256, blob]) => describe(sha256, blob));
      return jsonResponse(listed, { headers: { "Cache-Control": "no-store" } });
    },
  };
}

/** Bytes that strangers sent stand on the app's own origin: no browser may take them for a page of it. */
function headersOf({ sha256, type }: FoundBlob) {
  return {
    "Content-Type": type,
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Accept-Ranges": "bytes",
    "ETag": `"${sha256}"`,
    ...(type === OPAQUE_TYPE ? { "Content-Disposition": "attachment" } : {}),
  };
}

function sizeIn(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null;
}

function notFound(): Problem {
  return new Problem("not_found", "There is no such blob here. It may have been deleted.");
}
