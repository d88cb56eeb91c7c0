import { createHash } from "node:crypto";

/** A strong entity tag of content; `variant` tells encodings of the same content apart. (RFC 9110 §8.8.3) */
export function etagOf(content: string | Uint8Array, variant = ""): string {
  return `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}${variant}"`;
}

/** True where an `If-None-Match` header names the tag, by weak comparison. (RFC 9110 §13.1.2) */
export function matchesEtag(ifNoneMatch: string | null | undefined, etag: string): boolean {
  if (!ifNoneMatch) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
