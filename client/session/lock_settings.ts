import type { LockSettings } from "./lock_model.ts";
import type { Vault } from "./vault.ts";

/** What screens say of a vault. */
export function lockSettingsOf(
  { authenticators, asksAtStart, autoLockMs, phraseArgon2 }: Vault,
): LockSettings {
  return {
    authenticators: authenticators.map(({ id, salt, kind, addedAtMs }) => ({
      id,
      salt,
      kind,
      addedAtMs,
    })),
    asksAtStart,
    autoLockMs,
    isPhraseUnderEarlier: phraseArgon2 !== null,
  };
}
