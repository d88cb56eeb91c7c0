import type { Registration } from "../../protocol/registration.ts";
import type { SealedBytes } from "../storage/aes_gcm.ts";
import type { Argon2Parameters } from "./argon2.ts";
import type { Account } from "./session.ts";

/** The account of this device at rest. (Specification page 7, "Vault") */
export interface Vault {
  version: 1;
  account: Account;
  isRestored: boolean;
  isPhraseSaved: boolean;
  /** The signed document whose answer has not come yet; null once the server has confirmed the account. */
  pending: Registration | null;
  /** How the passphrase key is derived. */
  argon2: Argon2Parameters;
  /** The session secrets under the passphrase key. */
  secrets: SealedBytes;
  /** The recovery phrase under the passphrase key, and under no other. */
  phrase: SealedBytes;
}
