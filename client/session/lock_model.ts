import type { PassphraseKey } from "./argon2.ts";
import type { Authenticator } from "./biometric_box.ts";

/** A change of what opens the account. It carries keys that can be used and not read: it may cross from tab to tab. */
export type LockChange =
  /** Without the key of now, `phrase` stays under the passphrase that it has. */
  | { type: "passphrase"; current: CryptoKey | null; next: PassphraseKey }
  | { type: "add"; authenticator: Authenticator; key: CryptoKey }
  | { type: "remove"; id: Uint8Array<ArrayBuffer> }
  | { type: "ask_at_start"; isOn: boolean }
  /** After so long without use; null for never. */
  | { type: "auto_lock"; afterMs: number | null };

/** What screens say of it. */
export interface LockSettings {
  authenticators: Authenticator[];
  /** True where every start asks, and nothing on the disk opens by itself. */
  asksAtStart: boolean;
  /** Null where the account stays open without use. */
  autoLockMs: number | null;
  /** True where the passphrase of now does not reveal the recovery phrase. */
  isPhraseUnderEarlier: boolean;
}
