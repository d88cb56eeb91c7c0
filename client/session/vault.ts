import { utf8ToBytes } from "../../protocol/bytes.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import type { Registration } from "../../protocol/registration.ts";
import { importAesKey, openBytes, sealBytes, type SealedBytes } from "../storage/aes_gcm.ts";
import { UserError } from "../user_error.ts";
import type { Argon2Parameters, DeriveKey, PassphraseKey } from "./argon2.ts";
import type { BiometricBox } from "./biometric_box.ts";
import { joinSecrets, splitSecrets } from "./secret_bytes.ts";
import type { Account } from "./session.ts";

/** What the passphrase protects, and how. (Specification page 7, "Vault") */
export interface PassphraseBoxes {
  /** How the passphrase key is derived. */
  argon2: Argon2Parameters;
  /** The session secrets under the passphrase key. */
  secrets: SealedBytes;
  /** The recovery phrase under the passphrase key, and under no other. */
  phrase: SealedBytes;
  /** How the key of the phrase is derived where an earlier passphrase still locks it; else null. */
  phraseArgon2: Argon2Parameters | null;
}

/** The account of this device at rest. */
export interface Vault extends PassphraseBoxes {
  version: 1;
  /** Goes up with every change of what opens the account. */
  revision: number;
  account: Account;
  /** True until the home relay was read once, where it may hold mail of any age that was never seen here. */
  isRestored: boolean;
  isPhraseSaved: boolean;
  authenticators: BiometricBox[];
  /** True where every start asks: there is no device key's copy then. */
  asksAtStart: boolean;
  /** Locks itself after so long without use; null for never. */
  autoLockMs: number | null;
}

/** A vault that takes its place once the server has confirmed the account. */
export interface PendingVault {
  vault: Vault;
  /** The document that was sent; whether it arrived is not known. */
  registration: Registration;
  /** The invite code that goes with it, where the server asks for one. */
  invite?: string;
}

interface PassphraseDeps {
  passphrase: string;
  deriveKey: DeriveKey;
}

/** Seals phrase and secrets under a passphrase. */
export async function sealBoxes(
  { phrase, secrets, primary, argon2 }: {
    phrase: string;
    secrets: SessionSecrets;
    primary: string;
    argon2: Argon2Parameters;
  },
  deps: PassphraseDeps,
): Promise<PassphraseBoxes> {
  const { key } = await passphraseKey(argon2, deps);
  const phraseBytes = utf8ToBytes(phrase);
  const boxes = {
    argon2,
    secrets: await sealSecrets(secrets, { key, primary }),
    phrase: await sealBytes(key, { plain: phraseBytes, context: contextOf("phrase", primary) }),
    phraseArgon2: null,
  };
  phraseBytes.fill(0);
  return boxes;
}

/** @throws UserError `wrong_passphrase`, also where a box was changed */
export async function openSecrets(vault: Vault, deps: PassphraseDeps): Promise<SessionSecrets> {
  const { key } = await passphraseKey(vault.argon2, deps);
  const bytes = await openBox(vault, { box: "secrets", key });
  const secrets = splitSecrets(bytes);
  bytes.fill(0);
  return secrets;
}

/** The recovery phrase. @throws UserError `wrong_passphrase`, also where a box was changed */
export async function openPhrase(vault: Vault, deps: PassphraseDeps): Promise<string> {
  const { key } = await passphraseKey(vault.phraseArgon2 ?? vault.argon2, deps);
  const bytes = await openBox(vault, { box: "phrase", key });
  const phrase = new TextDecoder().decode(bytes);
  bytes.fill(0);
  return phrase;
}

/**
 * Puts the boxes under another passphrase. Without the one of now the phrase stays under it: then it can be revealed by
 * that one alone.
 *
 * @throws UserError `wrong_passphrase` where `current` is not the key of now
 */
export async function rewrap(
  vault: Vault,
  { secrets, current, next }: {
    secrets: SessionSecrets;
    current: CryptoKey | null;
    next: PassphraseKey;
  },
): Promise<PassphraseBoxes> {
  const { argon2, key } = next;
  const { primary } = vault.account;
  const boxes = { argon2, secrets: await sealSecrets(secrets, { key, primary }) };
  if (!current) {
    return { ...boxes, phrase: vault.phrase, phraseArgon2: vault.phraseArgon2 ?? vault.argon2 };
  }
  (await openBox(vault, { box: "secrets", key: current })).fill(0);
  const { phrase, phraseArgon2 } = vault;
  if (phraseArgon2) return { ...boxes, phrase, phraseArgon2 };
  const plain = await openBox(vault, { box: "phrase", key: current });
  const sealed = await sealBytes(key, { plain, context: contextOf("phrase", primary) });
  plain.fill(0);
  return { ...boxes, phrase: sealed, phraseArgon2 };
}

/** Derives the key of a passphrase. It cannot be read back. */
export async function passphraseKey(
  argon2: Argon2Parameters,
  { passphrase, deriveKey }: PassphraseDeps,
): Promise<PassphraseKey> {
  const derived = await deriveKey({ ...argon2, passphrase });
  const key = await importAesKey(derived.key);
  derived.key.fill(0);
  return { argon2, key };
}

async function sealSecrets(
  secrets: SessionSecrets,
  { key, primary }: { key: CryptoKey; primary: string },
): Promise<SealedBytes> {
  const plain = joinSecrets(secrets);
  const sealed = await sealBytes(key, { plain, context: contextOf("secrets", primary) });
  plain.fill(0);
  return sealed;
}

async function openBox(
  { account, ...boxes }: Vault,
  { box, key }: { box: "secrets" | "phrase"; key: CryptoKey },
): Promise<Uint8Array<ArrayBuffer>> {
  const context = contextOf(box, account.primary);
  const bytes = await openBytes(key, { sealed: boxes[box], context });
  if (!bytes) throw new UserError("wrong_passphrase");
  return bytes;
}

/** One box never opens as the other, nor in the vault of another identity. */
function contextOf(box: string, primary: string): string {
  return `kez-chat/vault/v1 ${box} ${primary}`;
}
