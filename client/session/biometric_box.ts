import { bytesToHex, owned, utf8ToBytes } from "../../protocol/bytes.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import { openBytes, sealBytes, type SealedBytes } from "../storage/aes_gcm.ts";
import { joinSecrets, splitSecrets } from "./secret_bytes.ts";

/** What this browser knows of a fingerprint reader, a face camera or a security key that opens the account. */
export interface Authenticator {
  /** The credential's id, as the browser names it. */
  id: Uint8Array<ArrayBuffer>;
  /** 32 bytes that the authenticator's secret is asked for by. */
  salt: Uint8Array<ArrayBuffer>;
  /** By which the person tells it from others: in the device itself, on a phone nearby, or a thing of its own. */
  kind: "device" | "phone" | "key";
  /** In milliseconds since 1970. */
  addedAtMs: number;
}

/** The session secrets under the key of an authenticator. */
export interface BiometricBox extends Authenticator {
  secrets: SealedBytes;
}

/** The key that an authenticator gave, to be used and not read, and which one that was. */
export interface BiometricKey {
  id: Uint8Array<ArrayBuffer>;
  key: CryptoKey;
}

/** The key of an authenticator, from the 32 bytes of its PRF, which are wiped. */
export async function biometricKey(prf: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const secret = await crypto.subtle.importKey("raw", prf, "HKDF", false, ["deriveKey"]);
  prf.fill(0);
  const info = owned(utf8ToBytes("kez-chat/biometrics/v1"));
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info };
  const usage: KeyUsage[] = ["encrypt", "decrypt"];
  return await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, usage);
}

/** Seals the secrets for an authenticator. */
export async function sealBiometricBox(
  authenticator: Authenticator,
  { secrets, key, primary }: { secrets: SessionSecrets; key: CryptoKey; primary: string },
): Promise<BiometricBox> {
  const plain = joinSecrets(secrets);
  const sealed = await sealBytes(key, { plain, context: contextOf(authenticator, primary) });
  plain.fill(0);
  return { ...authenticator, secrets: sealed };
}

/** The secrets; null where the key is another one, or the box is another identity's or was changed. */
export async function openBiometricBox(
  box: BiometricBox,
  { key, primary }: { key: CryptoKey; primary: string },
): Promise<SessionSecrets | null> {
  const plain = await openBytes(key, { sealed: box.secrets, context: contextOf(box, primary) });
  if (!plain) return null;
  const secrets = splitSecrets(plain);
  plain.fill(0);
  return secrets;
}

function contextOf({ id }: Authenticator, primary: string): string {
  return `kez-chat/biometrics/v1 ${bytesToHex(id)} ${primary}`;
}
