import { areSameBytes } from "../../protocol/bytes.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import { sealBiometricBox } from "./biometric_box.ts";
import type { LockChange } from "./lock_model.ts";
import { rewrap, type Vault } from "./vault.ts";

/**
 * The vault after a change. One that it has already comes back as it is.
 *
 * @throws UserError `wrong_passphrase`
 */
export async function changeLocks(
  vault: Vault,
  { change, secrets }: { change: LockChange; secrets: SessionSecrets },
): Promise<Vault> {
  const changed = { ...vault, revision: vault.revision + 1 };
  const { authenticators } = vault;
  switch (change.type) {
    case "passphrase":
      if (areSameBytes(change.next.argon2.salt, vault.argon2.salt)) return vault;
      return { ...changed, ...await rewrap(vault, { ...change, secrets }) };
    case "add": {
      const { authenticator, key } = change;
      if (authenticators.some(({ id }) => areSameBytes(id, authenticator.id))) return vault;
      const { primary } = vault.account;
      const box = await sealBiometricBox(authenticator, { secrets, key, primary });
      // Only the first brings the question with it: a person may have turned it off.
      const asksAtStart = vault.asksAtStart || authenticators.length === 0;
      return { ...changed, asksAtStart, authenticators: [...authenticators, box] };
    }
    case "remove": {
      const left = authenticators.filter(({ id }) => !areSameBytes(id, change.id));
      return {
        ...changed,
        authenticators: left,
        asksAtStart: left.length > 0 && vault.asksAtStart,
      };
    }
    case "ask_at_start":
      return { ...changed, asksAtStart: change.isOn && authenticators.length > 0 };
    case "auto_lock":
      return { ...changed, autoLockMs: change.afterMs };
  }
}
