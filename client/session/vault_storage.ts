import { type Database, eraseDatabase } from "../storage/database.ts";
import { OtherWriterError } from "../storage/other_writer_error.ts";
import { completeVault, ONLY } from "../storage/vault_store.ts";
import { UserError } from "../user_error.ts";
import type { Attempts } from "./attempts.ts";
import type { DeviceCopy } from "./device_key.ts";
import type { PendingVault, Vault } from "./vault.ts";

/** Where the account of this device is kept. Every method throws UserError `storage_failed`. */
export interface VaultStorage {
  vault(): Promise<Vault | null>;
  /**
   * Changes the account that is there, where it is still that identity's. What opens it is not changed by this.
   *
   * @returns what is kept now; null where it was erased or replaced meanwhile: then it does not come back
   */
  changeVault(primary: string, change: (known: Vault) => Vault): Promise<Vault | null>;
  /**
   * Changes what opens the account: its vault, and with it the device key's copy, in one transaction.
   *
   * @param after the revision that it comes after
   * @throws OtherWriterError where another tab has changed it meanwhile, or erased it
   */
  changeLocks(
    next: { vault: Vault; deviceCopy: DeviceCopy | null },
    after: { revision: number },
  ): Promise<void>;
  pending(): Promise<PendingVault | null>;
  savePending(pending: PendingVault): Promise<void>;
  deletePending(): Promise<void>;
  deviceCopy(): Promise<DeviceCopy | null>;
  saveDeviceCopy(copy: DeviceCopy): Promise<void>;
  /** Changes the copy that is there; one that was deleted meanwhile does not come back. */
  renewDeviceCopy(copy: DeviceCopy): Promise<void>;
  deleteDeviceCopy(): Promise<void>;
  /** Changes the count of wrong passphrases; null for none. */
  changeAttempts(change: (known: Attempts | null) => Attempts | null): Promise<void>;
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
      if (cause instanceof OtherWriterError) throw cause;
      throw new UserError("storage_failed", { cause });
    }
  }
  return {
    vault: () =>
      attempt(async (database) => {
        const known = await database.get("vault", ONLY);
        return known ? completeVault(known) : null;
      }),
    changeVault: (primary, change) =>
      attempt(async (database) => {
        const { store, done } = database.transaction("vault", "readwrite");
        const known = await store.get(ONLY);
        const isThere = known?.account.primary === primary;
        const changed = isThere ? change(completeVault(known)) : null;
        if (changed) await store.put(changed, ONLY);
        await done;
        return changed;
      }),
    changeLocks: (next, after) => attempt((database) => changeLocks(database, { next, after })),
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
    changeAttempts: (change) =>
      attempt(async (database) => {
        const { store, done } = database.transaction("attempts", "readwrite");
        const next = change(await store.get(ONLY) ?? null);
        await (next ? store.put(next, ONLY) : store.delete(ONLY));
        await done;
      }),
    replace: (vault, deviceCopy) => attempt((database) => replace(database, { vault, deviceCopy })),
    erase: () => attempt(eraseDatabase),
  };
}

async function changeLocks(
  database: Database,
  { next: { vault, deviceCopy }, after }: {
    next: { vault: Vault; deviceCopy: DeviceCopy | null };
    after: { revision: number };
  },
): Promise<void> {
  const transaction = database.transaction(["vault", "device"], "readwrite");
  const kept = await transaction.objectStore("vault").get(ONLY);
  const known = kept && completeVault(kept);
  const isNext = known?.account.primary === vault.account.primary &&
    known.revision === after.revision;
  if (isNext) {
    const device = transaction.objectStore("device");
    // What does not concern the locks is another's to change.
    const { account, isRestored, isPhraseSaved } = known;
    await transaction.objectStore("vault").put(
      { ...vault, account, isRestored, isPhraseSaved },
      ONLY,
    );
    await (deviceCopy ? device.put(deviceCopy, ONLY) : device.delete(ONLY));
  }
  await transaction.done;
  if (!isNext) throw new OtherWriterError();
}

async function replace(
  database: Database,
  { vault, deviceCopy }: { vault: Vault; deviceCopy: DeviceCopy | null },
): Promise<void> {
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names, "readwrite");
  const known = await transaction.objectStore("vault").get(ONLY);
  const isSameIdentity = known?.account.primary === vault.account.primary;
  const stale = isSameIdentity ? ["pending_vault", "device", "attempts"] as const : names;
  await Promise.all([
    ...stale.map((name) => transaction.objectStore(name).clear()),
    transaction.objectStore("vault").put(vault, ONLY),
    ...(deviceCopy ? [transaction.objectStore("device").put(deviceCopy, ONLY)] : []),
    transaction.done,
  ]);
}
