import { decodeHex, encodeBase64url } from "../../protocol/bytes.ts";
import { UserError } from "../user_error.ts";
import { type Authenticator, type BiometricKey, biometricKey } from "./biometric_box.ts";
import type { Account } from "./session.ts";

/** Why a browser offers no biometrics: `browser` has none or keeps no secret with them, `address` is a bare number. */
export type BiometricsMissing = "browser" | "address";

/** Fingerprint readers, face cameras and security keys, by WebAuthn with the PRF extension. (Specification page 7) */
export interface Biometrics {
  /** Null where they can be set up, as far as the browser tells. */
  missing(): Promise<BiometricsMissing | null>;
  /**
   * Makes a credential for an account.
   *
   * @param known those that are set up already
   * @throws UserError `biometrics_cancelled`, `biometrics_known`, `biometrics_keyless` where the authenticator has no PRF
   */
  enrol(
    account: Account,
    known: Authenticator[],
  ): Promise<{ authenticator: Authenticator; key: CryptoKey }>;
  /** Asks whichever of them is at hand, until the signal takes the question back. @throws UserError `biometrics_cancelled`, `biometrics_keyless` */
  ask(known: Authenticator[], options?: { signal?: AbortSignal }): Promise<BiometricKey>;
  /** Tells the browser, where it listens, that a credential opens nothing any more. */
  forget(authenticator: Authenticator): Promise<void>;
}

/** What a browser has of WebAuthn; `publicKey` is its `PublicKeyCredential`. */
export interface BiometricsDeps {
  credentials: Pick<CredentialsContainer, "create" | "get"> | undefined;
  publicKey: PublicKeyCredentialStatics | undefined;
  hostname: string;
  random: (bytes: number) => Uint8Array<ArrayBuffer>;
  nowMs: () => number;
}

/** Younger browsers alone have these. */
export interface PublicKeyCredentialStatics {
  getClientCapabilities?(): Promise<Record<string, boolean>>;
  signalUnknownCredential?(
    credential: { rpId: string; credentialId: string },
  ): Promise<void>;
}

interface PrfOutputs {
  enabled?: boolean;
  results?: { first?: BufferSource };
}

const BYTES = 32;
const TIMEOUT_MS = 2 * 60_000;
/** ES256, EdDSA, RS256. Nobody checks their signatures: what counts is the secret. */
const ALGORITHMS = [-7, -8, -257];

export function createBiometrics(deps: BiometricsDeps): Biometrics {
  const { credentials, publicKey, hostname, random } = deps;

  async function ask(
    known: Authenticator[],
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<BiometricKey> {
    const salts = known.map(({ id, salt }) => [encodeBase64url(id), { first: salt }]);
    const options: PublicKeyCredentialRequestOptions = {
      challenge: random(BYTES),
      allowCredentials: descriptorsOf(known),
      userVerification: "required",
      timeout: TIMEOUT_MS,
      extensions: { prf: { evalByCredential: Object.fromEntries(salts) } },
    };
    const credential = await attempt(() => credentials?.get({ publicKey: options, signal }));
    const prf = takePrf(credential);
    if (!prf) throw new UserError("biometrics_keyless");
    return { id: new Uint8Array(credential.rawId), key: await biometricKey(prf) };
  }

  return {
    ask,
    async missing() {
      if (!credentials || !publicKey) return "browser";
      // Credentials belong to a name.
      if (/^\[|^[\d.]+$/.test(hostname)) return "address";
      const capabilities = await publicKey.getClientCapabilities?.();
      return capabilities?.["extension:prf"] === false ? "browser" : null;
    },
    async enrol(account, known) {
      const salt = random(BYTES);
      const options = creationOptions(account, { known, salt, challenge: random(BYTES) });
      const credential = await attempt(() => credentials?.create({ publicKey: options }));
      const id = new Uint8Array(credential.rawId);
      const kind = kindOf(credential);
      const authenticator: Authenticator = { id, salt, kind, addedAtMs: deps.nowMs() };
      const outputs = prfOf(credential);
      if (!outputs?.enabled && !outputs?.results) throw new UserError("biometrics_keyless");
      const prf = takePrf(credential);
      // Some tell their secret only to who asks once more.
      const key = prf ? await biometricKey(prf) : (await ask([authenticator])).key;
      return { authenticator, key };
    },
    async forget({ id }) {
      const credentialId = encodeBase64url(id);
      await publicKey?.signalUnknownCredential?.({ rpId: hostname, credentialId });
    },
  };
}

function creationOptions(
  { primary, fqhn, handle }: Account,
  { known, salt, challenge }: {
    known: Authenticator[];
    salt: Uint8Array<ArrayBuffer>;
    challenge: Uint8Array<ArrayBuffer>;
  },
): PublicKeyCredentialCreationOptions {
  return {
    rp: { name: "kez-chat" },
    user: {
      id: decodeHex(primary.slice("ed25519:".length))!,
      name: fqhn,
      displayName: handle,
    },
    challenge,
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
    excludeCredentials: descriptorsOf(known),
    timeout: TIMEOUT_MS,
    extensions: { prf: { eval: { first: salt } } },
  };
}

function descriptorsOf(known: Authenticator[]): PublicKeyCredentialDescriptor[] {
  return known.map(({ id }) => ({ type: "public-key", id }));
}

async function attempt(
  step: () => Promise<Credential | null> | undefined,
): Promise<PublicKeyCredential> {
  try {
    const credential = await step();
    if (!credential) throw new UserError("biometrics_cancelled");
    return credential as PublicKeyCredential;
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new UserError(
      cause.name === "InvalidStateError" ? "biometrics_known" : "biometrics_cancelled",
      { cause },
    );
  }
}

function prfOf(credential: PublicKeyCredential): PrfOutputs | undefined {
  const outputs: { prf?: PrfOutputs } = credential.getClientExtensionResults();
  return outputs.prf;
}

/** The secret itself, not a copy of it: whoever uses it wipes it. */
function takePrf(credential: PublicKeyCredential): Uint8Array<ArrayBuffer> | null {
  const first = prfOf(credential)?.results?.first;
  return first instanceof ArrayBuffer && first.byteLength === BYTES ? new Uint8Array(first) : null;
}

function kindOf(credential: PublicKeyCredential): Authenticator["kind"] {
  if (credential.authenticatorAttachment === "platform") return "device";
  const response = credential.response as AuthenticatorAttestationResponse;
  return response.getTransports?.().includes("hybrid") ? "phone" : "key";
}
