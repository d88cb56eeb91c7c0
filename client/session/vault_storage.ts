import { type Database, eraseDatabase } from "../storage/database.ts";
import { ONLY } from "../storage/vault_store.ts";
import { UserError } from "../user_error.ts";
import type { DeviceCopy } from "./device_key.ts";
import type { PendingVault, Vault } from "./vault.ts";

/** Where the account of this device is kept. Every method throws UserError `storage_failed`. */
export interface VaultStorage {
  vault(): Promise<Vault | null>;
  /** Changes the account that is there; one that was erased or replaced meanwhile does not come back. */
  changeVault(vault: Vault): Promise<void>;
  pending(): Promise<PendingVault | null>;
  savePending(pending: PendingVault): Promise<void>;
  deletePending(): Promise<void>;
  deviceCopy(): Promise<DeviceCopy | null>;
  saveDeviceCopy(copy: DeviceCopy): Promise<void>;
  /** Changes the copy that is there; one that was deleted meanwhile does not come back. */
  renewDeviceCopy(copy: DeviceCopy): Promise<void>;
  deleteDeviceCopy(): Promise<void>;
  /**
   * Puts an account in place of what was there, in one transaction: also of everything that another identity left,
   * which nobody could open any more.
   */
  replace(vault: Vault, deviceCopy: DeviceCopy | null): Promise<void>;
  /** Empties every store of this origin. */
  erase(): Promise<void>;
}

/** The vault in IndexedDB; opening it may still be under way. */
export function createVaultStorage(opening: Promise<Database>): VaultStorage {
  async function attempt<T>(step: (database: Database) => Promise<T>): Promise<T> {
    try {
      return await step(await opening);
    } catch (cause) {
      throw new UserError("storage_failed", { cause });
    }
  }
  return {
    vault: () => attempt(async (database) => await database.get("vault", ONLY) ?? null),
    changeVault: (vault) =>
      attempt(async (database) => {
        const { store, done } = database.transaction("vault", "readwrite");
        const known = await store.get(ONLY);
        if (known?.account.primary === vault.account.primary) await store.put(vault, ONLY);
        await done;
      }),
    pending: () => attempt(async (database) => await database.get("pending_vault", ONLY) ?? null),
    savePending: (pending) =>
      attempt(async (database) => void await database.put("pending_vault", pending, ONLY)),
    deletePending: () => attempt((database) => database.delete("pending_vault", ONLY)),
    deviceCopy: () => attempt(async (database) => await database.get("device", ONLY) ?? null),
    saveDeviceCopy: (copy) =>
      attempt(async (database) => void await database.put("device", copy, ONLY)),
    renewDeviceCopy: (copy) =>
      attempt(async (database) => {
        const { store, done } = database.transaction("device", "readwrite");
        if (await store.count(ONLY) > 0) await store.put(copy, ONLY);
        await done;
      }),
    deleteDeviceCopy: () => attempt((database) => database.delete("device", ONLY)),
    replace: (vault, deviceCopy) => attempt((database) => replace(database, { vault, deviceCopy })),
    erase: () => attempt(eraseDatabase),
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
