import type { DBSchema } from "idb";
import type { Attempts } from "../session/attempts.ts";
import type { DeviceCopy } from "../session/device_key.ts";
import type { PendingVault, Vault } from "../session/vault.ts";

/** One record each, under the key {@link ONLY}. */
export interface VaultStores extends DBSchema {
  vault: { key: typeof ONLY; value: Vault };
  pending_vault: { key: typeof ONLY; value: PendingVault };
  device: { key: typeof ONLY; value: DeviceCopy };
  attempts: { key: typeof ONLY; value: Attempts };
}

/** The key of the one record of a store. */
export const ONLY = 1;

/** Brings the stores of the session up to date; `fromVersion` is 0 where there is no database yet. */
export function createVaultStores(database: IDBDatabase, fromVersion: number): void {
  if (fromVersion < 1) {
    database.createObjectStore("vault");
    database.createObjectStore("pending_vault");
    database.createObjectStore("device");
  }
  if (fromVersion < 2) database.createObjectStore("attempts");
}

/** A vault in which nothing was set. */
export const VAULT_DEFAULTS = {
  revision: 0,
  phraseArgon2: null,
  authenticators: [] as Vault["authenticators"],
  asksAtStart: false,
  autoLockMs: null,
} satisfies Partial<Vault>;

/** A vault as an earlier version of this app kept it, completed. */
export function completeVault(vault: Vault): Vault {
  return { ...VAULT_DEFAULTS, ...vault };
}
