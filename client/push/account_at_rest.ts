import type { SessionSecrets } from "../../protocol/identity.ts";
import { isDeviceCopyCurrent, openDeviceCopy } from "../session/device_key.ts";
import type { Account } from "../session/session.ts";
import type { VaultStorage } from "../session/vault_storage.ts";

/** An account whose secrets lie open for a moment. */
export interface AccountAtRest {
  account: Account;
  /** Whoever is given them wipes them. */
  secrets: SessionSecrets;
}

/**
 * Opens the account by the device key, where the app would do so at its start; null where it would ask. Unlike there the
 * copy is left as it is: what others send must not keep a device open for longer.
 *
 * @throws UserError `storage_failed`
 */
export async function openAtRest(
  { storage, nowMs }: { storage: Pick<VaultStorage, "vault" | "deviceCopy">; nowMs(): number },
): Promise<AccountAtRest | null> {
  const [vault, copy] = [await storage.vault(), await storage.deviceCopy()];
  if (!vault || !copy || vault.asksAtStart) return null;
  const { account, autoLockMs } = vault;
  if (!isDeviceCopyCurrent(copy, { nowMs: nowMs(), autoLockMs })) return null;
  const secrets = await openDeviceCopy(copy, vault);
  return secrets && { account, secrets };
}
