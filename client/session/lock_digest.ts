import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "../../protocol/bytes.ts";
import type { SealedBytes } from "../storage/aes_gcm.ts";
import type { Argon2Parameters } from "./argon2.ts";
import type { Vault } from "./vault.ts";

/** Names all that opens an account, as it is now: another vault, an earlier one and a changed one have another digest. */
export function lockDigest(vault: Vault): string {
  const { revision, asksAtStart, autoLockMs } = vault;
  const { argon2, secrets, phrase, phraseArgon2, authenticators } = vault;
  const parts = [
    vault.account.primary,
    revision,
    parametersOf(argon2),
    sealedOf(secrets),
    sealedOf(phrase),
    phraseArgon2 && parametersOf(phraseArgon2),
    authenticators.map(({ id, salt, secrets }) => [hex(id), hex(salt), sealedOf(secrets)]),
    asksAtStart,
    autoLockMs,
  ];
  return hex(sha256(utf8ToBytes(JSON.stringify(parts))));
}

function parametersOf({ salt, memoryKib, iterations }: Argon2Parameters): unknown {
  return [hex(salt), memoryKib, iterations];
}

function sealedOf({ iv, data }: SealedBytes): unknown {
  return [hex(iv), hex(new Uint8Array(data))];
}

const hex = bytesToHex;
