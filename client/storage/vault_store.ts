import type { DBSchema } from "idb";
import type { DeviceCopy } from "../session/device_key.ts";
import type { PendingVault, Vault } from "../session/vault.ts";

/** One record each, under the key {@link ONLY}. */
export interface VaultStores extends DBSchema {
  vault: { key: typeof ONLY; value: Vault };
  pending_vault: { key: typeof ONLY; value: PendingVault };
  device: { key: typeof ONLY; value: DeviceCopy };
}

/** The key of the one record of a store. */
export const ONLY = 1;

/** Brings the stores of the session up to date; `fromVersion` is 0 where there is no database yet. */
export function createVaultStores(database: IDBDatabase, fromVersion: number): void {
  if (fromVersion >= 1) return;
  database.createObjectStore("vault");
  database.createObjectStore("pending_vault");
  database.createObjectStore("device");
}
