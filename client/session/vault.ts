import { utf8ToBytes } from "../../protocol/bytes.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import type { Registration } from "../../protocol/registration.ts";
import { importAesKey, openBytes, sealBytes, type SealedBytes } from "../storage/aes_gcm.ts";
import { UserError } from "../user_error.ts";
import type { Argon2Parameters, DeriveKey } from "./argon2.ts";
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
}

/** The account of this device at rest. */
export interface Vault extends PassphraseBoxes {
  version: 1;
  account: Account;
  /** True until the home relay was read once, where it may hold mail of any age that was never seen here. */
  isRestored: boolean;
  isPhraseSaved: boolean;
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
  { passphrase, deriveKey }: PassphraseDeps,
): Promise<PassphraseBoxes> {
  const key = await passphraseKey({ argon2, passphrase, deriveKey });
  const secretBytes = joinSecrets(secrets);
  const phraseBytes = utf8ToBytes(phrase);
  const boxes = {
    argon2,
    secrets: await sealBytes(key, { plain: secretBytes, context: contextOf("secrets", primary) }),
    phrase: await sealBytes(key, { plain: phraseBytes, context: contextOf("phrase", primary) }),
  };
  secretBytes.fill(0);
  phraseBytes.fill(0);
  return boxes;
}

/** @throws UserError `wrong_passphrase`, also where a box was changed */
export async function openSecrets(vault: Vault, deps: PassphraseDeps): Promise<SessionSecrets> {
  const bytes = await openBox(vault, { box: "secrets", ...deps });
  const secrets = splitSecrets(bytes);
  bytes.fill(0);
  return secrets;
}

/** The recovery phrase. @throws UserError `wrong_passphrase`, also where a box was changed */
export async function openPhrase(vault: Vault, deps: PassphraseDeps): Promise<string> {
  const bytes = await openBox(vault, { box: "phrase", ...deps });
  const phrase = new TextDecoder().decode(bytes);
  bytes.fill(0);
  return phrase;
}

async function openBox(
  { argon2, account, ...boxes }: Vault,
  { box, passphrase, deriveKey }: PassphraseDeps & { box: "secrets" | "phrase" },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await passphraseKey({ argon2, passphrase, deriveKey });
  const context = contextOf(box, account.primary);
  const bytes = await openBytes(key, { sealed: boxes[box], context });
  if (!bytes) throw new UserError("wrong_passphrase");
  return bytes;
}

async function passphraseKey(
  { argon2, passphrase, deriveKey }: PassphraseDeps & { argon2: Argon2Parameters },
): Promise<CryptoKey> {
  const { key } = await deriveKey({ ...argon2, passphrase });
  const imported = await importAesKey(key);
  key.fill(0);
  return imported;
}

/** One box never opens as the other, nor in the vault of another identity. */
function contextOf(box: string, primary: string): string {
  return `kez-chat/vault/v1 ${box} ${primary}`;
}
