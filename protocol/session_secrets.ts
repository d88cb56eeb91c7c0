import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { HARDENED_OFFSET, HDKey } from "@scure/bip32";
import { mnemonicToSeedWebcrypto } from "@scure/bip39";
import { utf8ToBytes } from "./bytes.ts";
import type { SessionSecrets } from "./identity.ts";
import { normalizePhrase } from "./recovery_phrase.ts";

const SALT = utf8ToBytes("kez-chat/v1");
/** m/44'/1237'/0'/0/0 */
const NIP06_PATH = [HARDENED_OFFSET + 44, HARDENED_OFFSET + 1237, HARDENED_OFFSET, 0, 0];

/**
 * Derives the session secrets from a recovery phrase. (Specification page 1; NIP-06)
 *
 * @throws ProtocolError `invalid_phrase`
 */
export async function deriveSessionSecrets(phrase: string): Promise<SessionSecrets> {
  const seed = await mnemonicToSeedWebcrypto(normalizePhrase(phrase));
  const secrets = {
    identitySecret: hkdf(sha256, seed, SALT, utf8ToBytes("ed25519"), 32),
    nostrSecret: deriveNostrSecret(seed),
    storageKey: hkdf(sha256, seed, SALT, utf8ToBytes("storage"), 32),
  };
  seed.fill(0);
  return secrets;
}

/** Leaves nothing of the nodes on the way. */
function deriveNostrSecret(seed: Uint8Array): Uint8Array {
  let node = HDKey.fromMasterSeed(seed);
  for (const index of NIP06_PATH) {
    const child = node.deriveChild(index);
    node.wipePrivateData();
    node = child;
  }
  if (!node.privateKey) throw new Error("A derived node has a private key.");
  return node.privateKey;
}
