import { type Database, eraseDatabase } from "../storage/database.ts";
import { ONLY } from "../storage/vault_store.ts";
import { UserError } from "../user_error.ts";
import type { DeviceCopy } from "./device_key.ts";
import type { PendingVault, Vault } from "./vault.ts";

/** Where the account of this device is kept. Every method throws UserError `storage_failed`. */
export interface VaultStorage {
  vault(): Promise<Vault | null>;
  saveVault(vault: Vault): Promise<void>;
  pending(): Promise<PendingVault | null>;
  savePending(pending: PendingVault): Promise<void>;
  deletePending(): Promise<void>;
  deviceCopy(): Promise<DeviceCopy | null>;
  saveDeviceCopy(copy: DeviceCopy): Promise<void>;
  deleteDeviceCopy(): Promise<void>;
  /**
   * Puts an account in place of what was there, in one transaction: also of everything that another identity left,
   * which nobody could open any more.
   */
  replace(vault: Vault, deviceCopy: DeviceCopy | null): Promise<void>;
  /** Empties every store of this origin. */
  erase(): Promise<void>;
}

/** The vault in IndexedDB. */
export function createVaultStorage(database: Database): VaultStorage {
  const read = async <T>(value: Promise<T | undefined>): Promise<T | null> =>
    await told(value) ?? null;
  return {
    vault: () => read(database.get("vault", ONLY)),
    saveVault: async (vault) => void await told(database.put("vault", vault, ONLY)),
    pending: () => read(database.get("pending_vault", ONLY)),
    savePending: async (pending) => void await told(database.put("pending_vault", pending, ONLY)),
    deletePending: () => told(database.delete("pending_vault", ONLY)),
    deviceCopy: () => read(database.get("device", ONLY)),
    saveDeviceCopy: async (copy) => void await told(database.put("device", copy, ONLY)),
    deleteDeviceCopy: () => told(database.delete("device", ONLY)),
    replace: (vault, deviceCopy) => told(replace(database, { vault, deviceCopy })),
    erase: () => told(eraseDatabase(database)),
  };
}

async function replace(
  database: Database,
  { vault, deviceCopy }: { vault: Vault; deviceCopy: DeviceCopy | null },
): Promise<void> {
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names, "readwrite");
  const known = await transaction.objectStore("vault").get(ONLY);
  const isSameIdentity = known?.account.primary === vault.account.primary;
  const stale = isSameIdentity ? ["pending_vault", "device"] as const : names;
  await Promise.all([
    ...stale.map((name) => transaction.objectStore(name).clear()),
    transaction.objectStore("vault").put(vault, ONLY),
    ...(deviceCopy ? [transaction.objectStore("device").put(deviceCopy, ONLY)] : []),
    transaction.done,
  ]);
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new UserError("storage_failed", { cause });
  }
}
