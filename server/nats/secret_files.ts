import { errorText } from "../log.ts";
import { StartFault } from "../start_fault.ts";
import { createNkeySigner, decodeNkeySeed, encodeNkeySeed, type NkeySigner } from "./nkeys.ts";

/** Reads a small text file. */
export type ReadText = (path: string) => string;

/** What the seed of the issuer gives. */
export interface IssuerKeys {
  /** Signs the answers; `issuer` of `auth_callout` in nats.conf. */
  issuer: NkeySigner;
  /** Logs this server in; in `auth_users`. */
  login: NkeySigner;
}

const MIN_SECRET_CHARACTERS = 32;
/** A nats-server chooses what the login key signs: with a key of its own that can never be an answer to a callout. */
const LOGIN_INFO = new TextEncoder().encode("kez-chat nats login");

/** Text of a new seed. `random` is 32 bytes. */
export function makeIssuerSeed(random: Uint8Array): string {
  return encodeNkeySeed("account", random);
}

/**
 * The keys of a seed file: the line that begins with SA.
 *
 * @throws StartFault
 */
export async function readIssuerKeys(path: string, readText: ReadText): Promise<IssuerKeys> {
  const text = read("--nats-issuer-seed-file", { path, readText }).trim();
  const seed = decodeNkeySeed("account", text);
  if (!seed) {
    throw new StartFault(
      `${path} holds no seed of a NATS account, which begins with SA. Name another file with ` +
        "--nats-issuer-seed-file; where that is not there yet, kez-chat nats-issuer makes it.",
    );
  }
  return {
    issuer: createNkeySigner("account", seed),
    login: createNkeySigner("user", await deriveLoginSeed(seed)),
  };
}

/**
 * The secret that HTTP callers of the callout have to know.
 *
 * @throws StartFault
 */
export function readCalloutSecret(path: string, readText: ReadText): string {
  const secret = read("--nats-callout-secret-file", { path, readText }).trim();
  if (secret.length < MIN_SECRET_CHARACTERS || !/^[!-~]+$/.test(secret)) {
    throw new StartFault(
      `${path} has to hold at least ${MIN_SECRET_CHARACTERS} letters, digits or signs without a ` +
        "space. `openssl rand -hex 32` prints such a secret.",
    );
  }
  return secret;
}

async function deriveLoginSeed(seed: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(seed), "HKDF", false, [
    "deriveBits",
  ]);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: LOGIN_INFO };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}

function read(flag: string, { path, readText }: { path: string; readText: ReadText }): string {
  try {
    return readText(path);
  } catch (cause) {
    throw new StartFault(`${path} cannot be read: ${errorText(cause)}. ${flag} names it.`, {
      cause,
    });
  }
}
