import { createHash } from "node:crypto";
import { decodeBase64url, decodeUtf8, encodeBase64url, utf8ToBytes } from "../../protocol/bytes.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { parseJson } from "../../protocol/jcs.ts";
import type { NkeySigner } from "./nkeys.ts";

/** A token as it came, with nothing verified. */
export interface ParsedJwt {
  claims: unknown;
  /** What the signature is over. */
  signed: Uint8Array;
  /** Of any length. */
  signature: Uint8Array;
}

const ALGORITHM = "ed25519-nkey";

/**
 * Takes a token of NATS apart; null where it is none, or one that is signed in another way. The issuer in its claims is the
 * key that `signature` has to be checked with.
 */
export function parseJwt(text: string): ParsedJwt | null {
  const parts = text.split(".");
  if (parts.length !== 3) return null;
  const [header, claims] = parts.slice(0, 2).map(parsePart);
  const signature = decodeBase64url(parts[2]!);
  if (!signature || claims === undefined || !isHeader(header)) return null;
  return { claims, signed: utf8ToBytes(`${parts[0]}.${parts[1]}`), signature };
}

/** Signs claims, with their issuer and an id made of all the others. */
export function signJwt(claims: Record<string, unknown>, signer: NkeySigner): string {
  const issued = { ...claims, iss: signer.publicKey };
  const jti = createHash("sha256").update(JSON.stringify(issued)).digest("base64url");
  const signed = [{ typ: "JWT", alg: ALGORITHM }, { ...issued, jti }]
    .map((part) => encodeBase64url(utf8ToBytes(JSON.stringify(part)))).join(".");
  return `${signed}.${encodeBase64url(signer.sign(utf8ToBytes(signed)))}`;
}

/** Undefined where it is not base64url of JSON. */
function parsePart(part: string): unknown {
  const bytes = decodeBase64url(part);
  const text = bytes && decodeUtf8(bytes);
  if (!text) return undefined;
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function isHeader(header: unknown): boolean {
  return typeof header === "object" && header !== null && "typ" in header && "alg" in header &&
    header.typ === "JWT" && header.alg === ALGORITHM;
}
