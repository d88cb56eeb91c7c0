import { decodeBase64url, encodeBase64url, owned, utf8ToBytes } from "../../protocol/bytes.ts";

/** Signs this server's pushes, so that push services know who sends them. (RFC 8292) */
export interface Vapid {
  /** base64url of the uncompressed point, 65 bytes: browsers subscribe with it. */
  publicKey: string;
  /** The `Authorization` header of a push to an endpoint's origin. */
  authorization(origin: string): Promise<string>;
}

/** What is kept: both halves, base64url. */
interface StoredKeys {
  publicKey: string;
  /** PKCS #8. */
  privateKey: string;
}

const KEY = ["push", "vapid"];
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const HASH = { name: "ECDSA", hash: "SHA-256" };

/** RFC 8292 allows 24 hours; a push service's clock may be an hour off. */
const LIFETIME_S = 12 * 3600;
/** Used for so long: services want to see one token again and again, not a new one each time. */
const REUSED_S = 10 * 3600;
/** Origins whose token is kept; there are four, and what the operator adds. */
const MAX_KEPT = 64;

/**
 * Loads the keys; makes them on the first start. Whoever writes first wins, so that all subscriptions are to one key.
 *
 * @param subject a `mailto:` or https URL by which a push service can reach the operator
 */
export async function openVapid(
  { kv, subject, nowMs }: { kv: Deno.Kv; subject: string; nowMs(): number },
): Promise<Vapid> {
  const { publicKey, privateKey } = await loadKeys(kv);
  const pkcs8 = owned(decodeBase64url(privateKey)!);
  const signingKey = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
  const tokens = new Map<string, { jwt: Promise<string>; madeAtS: number }>();

  async function makeToken(origin: string, nowS: number): Promise<string> {
    const claims = { aud: origin, exp: nowS + LIFETIME_S, sub: subject };
    const text = `${part({ typ: "JWT", alg: "ES256" })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(HASH, signingKey, owned(utf8ToBytes(text)));
    return `${text}.${encodeBase64url(new Uint8Array(signature))}`;
  }

  return {
    publicKey,
    async authorization(origin) {
      const nowS = Math.floor(nowMs() / 1000);
      let token = tokens.get(origin);
      if (!token || nowS < token.madeAtS || nowS >= token.madeAtS + REUSED_S) {
        token = { jwt: makeToken(origin, nowS), madeAtS: nowS };
        tokens.delete(origin);
        tokens.set(origin, token);
        if (tokens.size > MAX_KEPT) tokens.delete(tokens.keys().next().value!);
      }
      return `vapid t=${await token.jwt}, k=${publicKey}`;
    },
  };
}

async function loadKeys(kv: Deno.Kv): Promise<StoredKeys> {
  const { value } = await kv.get<StoredKeys>(KEY);
  if (value) return value;
  const made = await makeKeys();
  const { ok } = await kv.atomic().check({ key: KEY, versionstamp: null }).set(KEY, made).commit();
  return ok ? made : (await kv.get<StoredKeys>(KEY)).value!;
}

async function makeKeys(): Promise<StoredKeys> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const [raw, pkcs8] = await Promise.all([
    crypto.subtle.exportKey("raw", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  return {
    publicKey: encodeBase64url(new Uint8Array(raw)),
    privateKey: encodeBase64url(new Uint8Array(pkcs8)),
  };
}

function part(value: unknown): string {
  return encodeBase64url(utf8ToBytes(JSON.stringify(value)));
}
