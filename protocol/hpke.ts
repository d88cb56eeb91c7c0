import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256, HpkeError } from "@hpke/core";
import { decodeBase64url, encodeBase64url, owned, utf8ToBytes } from "./bytes.ts";
import { agreementPublicKey, agreementSecretKey } from "./identity.ts";

/** What HPKE seals: the one-time public key and the ciphertext with its tag. */
export interface Sealed {
  enc: Uint8Array<ArrayBuffer>;
  ciphertext: Uint8Array<ArrayBuffer>;
}

/** What both sides have to name alike: what the seal is for, and whom. */
export interface SealContext {
  info: string;
  aad: string;
}

export const ENC_BYTES = 32;
export const TAG_BYTES = 16;

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/**
 * Seals bytes to a primary: base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. (RFC 9180)
 *
 * @param random 32 random bytes, from which the one-time key is derived; never use them twice
 * @throws ProtocolError `invalid_primary`
 */
export async function sealTo(
  recipient: string,
  { plaintext, info, aad, random }: SealContext & {
    plaintext: Uint8Array;
    random: Uint8Array;
  },
): Promise<Sealed> {
  const publicKey = owned(agreementPublicKey(recipient));
  const sender = await suite.createSenderContext({
    recipientPublicKey: await suite.kem.deserializePublicKey(publicKey),
    info: owned(utf8ToBytes(info)),
    ekm: owned(random).buffer,
  });
  const ciphertext = await sender.seal(owned(plaintext), owned(utf8ToBytes(aad)));
  return { enc: new Uint8Array(sender.enc), ciphertext: new Uint8Array(ciphertext) };
}

/** Opens what was sealed to an identity in the same context; null where it was not. */
export async function openSealed(
  { enc, ciphertext }: Sealed,
  { identitySecret, info, aad }: SealContext & { identitySecret: Uint8Array },
): Promise<Uint8Array | null> {
  const secretKey = owned(agreementSecretKey(identitySecret));
  const recipientKey = await suite.kem.importKey("raw", secretKey.buffer, false);
  try {
    const context = await suite.createRecipientContext({
      recipientKey,
      enc: enc.buffer,
      info: owned(utf8ToBytes(info)),
    });
    return new Uint8Array(await context.open(ciphertext, owned(utf8ToBytes(aad))));
  } catch (error) {
    if (error instanceof HpkeError) return null;
    throw error;
  }
}

/** `{"v":2,"enc":…,"ct":…}`, as envelopes and picture keys stand in JSON. */
export function encodeSealed({ enc, ciphertext }: Sealed): { v: 2; enc: string; ct: string } {
  return { v: 2, enc: encodeBase64url(enc), ct: encodeBase64url(ciphertext) };
}

/** The bytes of a seal of version 2; null where its members are not what they have to be. */
export function decodeSealed({ enc, ct }: { enc: string; ct: string }): Sealed | null {
  const [encBytes, ciphertext] = [decodeBase64url(enc), decodeBase64url(ct)];
  if (encBytes?.length !== ENC_BYTES || !ciphertext || ciphertext.length < TAG_BYTES) return null;
  return { enc: encBytes, ciphertext };
}
