import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { addrOf } from "./addr.ts";
import { bytesToHex, encodeBase64url, isHex, utf8ToBytes } from "./bytes.ts";
import { decodeSealed, ENC_BYTES, encodeSealed, openSealed, sealTo, TAG_BYTES } from "./hpke.ts";
import { agreementPublicKey, agreementSecretKey, primaryOf } from "./identity.ts";
import type { VisualVersion } from "./visual.ts";

/** `kez_visual_keys` of a profile: for each reader the key of the picture, sealed, under a label. (Specification page 5) */
export type PictureKeys = Record<string, { v: 2; enc: string; ct: string }>;

/** Readers of a picture besides its owner. */
export const MAX_PICTURE_READERS = 255;

const INFO = "kez-chat/picture-key/v2";
const KEY_BYTES = 32;
const LABEL_BYTES = 16;
/** The map has one of these sizes, so that it does not tell how many contacts there are. */
const SIZES = [16, 64, 256];
const MAX_SIZE = MAX_PICTURE_READERS + 1;

/**
 * Seals a picture's key for its readers and for its owner.
 *
 * @param known the map of this very picture as it is published, not checked yet: what is in it stays, and each new reader
 * takes the place of an entry that is nobody's, so that two maps side by side do not show which entries are real
 * @param readers primaries, at most {@link MAX_PICTURE_READERS}
 * @param randomBytes draws fresh random bytes
 * @param breathe called after each key: 256 of them take a second
 * @throws RangeError where there are more readers; ProtocolError `invalid_primary`
 */
export async function sealPictureKeys(
  { known, key, salt, readers, identitySecret, randomBytes, breathe = goOn }: {
    known?: unknown;
    key: Uint8Array;
    salt: Uint8Array;
    readers: readonly string[];
    identitySecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    breathe?(): Promise<void>;
  },
): Promise<PictureKeys> {
  const owner = primaryOf(identitySecret);
  const everybody = new Set([owner, ...readers]);
  if (everybody.size > MAX_SIZE) {
    throw new RangeError(`A picture has at most ${MAX_PICTURE_READERS} readers.`);
  }
  const entries = wellFormed(known);
  const labels = new Map<string, string>();
  for (const reader of everybody) {
    labels.set(pictureLabel(reader, { identitySecret, salt }), reader);
    await breathe();
  }
  const missing = [...labels].filter(([label]) => !entries.has(label));
  const needed = Math.max(everybody.size, Math.min(entries.size, MAX_SIZE));
  const size = SIZES.find((size) => needed <= size)!;
  const spare = shuffled([...entries.keys()].filter((label) => !labels.has(label)), randomBytes);
  for (const label of spare.slice(0, Math.max(0, entries.size + missing.length - size))) {
    entries.delete(label);
  }
  for (const [label, reader] of missing) {
    const [aad, random] = [aadOf({ salt, owner, reader }), randomBytes(KEY_BYTES)];
    const sealed = await sealTo(reader, { plaintext: key, info: INFO, aad, random });
    entries.set(label, encodeSealed(sealed));
    await breathe();
  }
  while (entries.size < size) {
    entries.set(...decoy(randomBytes));
    await breathe();
  }
  // Labels are as good as random: sorted by them, nobody stands first.
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Those of some people who find a key in a published map.
 *
 * @param breathe called after each of them
 */
export async function readersAmong(
  keys: unknown,
  { primaries, salt, identitySecret, breathe = goOn }: {
    primaries: readonly string[];
    salt: Uint8Array;
    identitySecret: Uint8Array;
    breathe?(): Promise<void>;
  },
): Promise<string[]> {
  const entries = wellFormed(keys);
  const readers: string[] = [];
  for (const one of entries.size > 0 ? primaries : []) {
    if (entries.has(pictureLabel(one, { identitySecret, salt }))) readers.push(one);
    await breathe();
  }
  return readers;
}

const goOn = () => Promise.resolve();

/**
 * The key of the owner's picture for the reader, who may be the owner.
 *
 * @param keys as the profile has it, not checked yet
 * @returns 32 bytes; null where there is none for this reader
 */
export async function openPictureKey(
  keys: unknown,
  { salt, owner, identitySecret }: {
    salt: Uint8Array;
    owner: string;
    identitySecret: Uint8Array;
  },
): Promise<Uint8Array | null> {
  const label = pictureLabel(owner, { identitySecret, salt });
  const sealed = sealedUnder(keys, label);
  if (!sealed) return null;
  const aad = aadOf({ salt, owner, reader: primaryOf(identitySecret) });
  const key = await openSealed(sealed, { identitySecret, info: INFO, aad });
  return key?.length === KEY_BYTES ? key : null;
}

/** Under which label two people find the key: the same from both sides, and nobody else can tell. 32 hex. */
export function pictureLabel(
  other: string,
  { identitySecret, salt }: { identitySecret: Uint8Array; salt: Uint8Array },
): string {
  const shared = x25519.getSharedSecret(
    agreementSecretKey(identitySecret),
    agreementPublicKey(other),
  );
  return bytesToHex(hkdf(sha256, shared, salt, utf8ToBytes("kez-visual-label"), LABEL_BYTES));
}

function sealedUnder(keys: unknown, label: string) {
  if (typeof keys !== "object" || keys === null || !Object.hasOwn(keys, label)) return null;
  return sealedIn((keys as Record<string, unknown>)[label]);
}

function sealedIn(entry: unknown) {
  if (typeof entry !== "object" || entry === null) return null;
  const { v, enc, ct } = entry as Record<string, unknown>;
  return v === 2 && typeof enc === "string" && typeof ct === "string"
    ? decodeSealed({ enc, ct })
    : null;
}

/** The entries of a map that look like one of these. */
function wellFormed(keys: unknown): Map<string, PictureKeys[string]> {
  if (typeof keys !== "object" || keys === null) return new Map();
  const entries = Object.entries(keys).flatMap(([label, entry]) => {
    const sealed = isHex(label, LABEL_BYTES) ? sealedIn(entry) : null;
    const isAlike = sealed?.ciphertext.length === KEY_BYTES + TAG_BYTES;
    return isAlike ? [[label, encodeSealed(sealed)] as const] : [];
  });
  return new Map(entries);
}

function shuffled(labels: string[], randomBytes: (length: number) => Uint8Array): string[] {
  return labels.map((label) => ({ label, rank: bytesToHex(randomBytes(8)) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ label }) => label);
}

/** Looks like any other entry. */
function decoy(randomBytes: (length: number) => Uint8Array): [string, PictureKeys[string]] {
  // A public key is any point of the curve: that of a random secret.
  const enc = encodeBase64url(x25519.getPublicKey(randomBytes(ENC_BYTES)));
  const ct = encodeBase64url(randomBytes(KEY_BYTES + TAG_BYTES));
  return [bytesToHex(randomBytes(LABEL_BYTES)), { v: 2, enc, ct }];
}

function aadOf(
  { salt, owner, reader }: { salt: Uint8Array; owner: string; reader: string },
): string {
  return `${bytesToHex(salt)}:${addrOf(owner)}:${addrOf(reader)}`;
}

/** Reads the fragment of a picture's URL, `kez-visual-v2:<salt>`; the salt stays hex. Null where it is no such fragment. */
export function parseVisualFragment(
  fragment: string,
): { version: VisualVersion; salt: string } | null {
  const match = /^#?(kez-visual-v[12]):([0-9a-f]{32})$/.exec(fragment);
  return match && { version: match[1] as VisualVersion, salt: match[2]! };
}
