import { type IDBPDatabase, openDB, unwrap } from "idb";
import { type ChatStores, createChatStores } from "./chat_stores.ts";
import { createVaultStores, type VaultStores } from "./vault_store.ts";

/** Every object store of this origin; who uses a store declares it. */
export interface Stores extends VaultStores, ChatStores {}

export type Database = IDBPDatabase<Stores>;

/** Goes up by one with every change of a store. */
const SCHEMA_VERSION = 2;

/**
 * Opens the database and brings its stores up to date.
 *
 * @throws DOMException where the browser keeps no data, or the stores are of a newer version
 */
export async function openDatabase(name: string): Promise<Database> {
  // Browsers that block site data throw at once.
  return await openDB<Stores>(name, SCHEMA_VERSION, {
    upgrade(wrapped, fromVersion, _toVersion, transaction) {
      const database = unwrap(wrapped);
      createVaultStores(database, fromVersion);
      createChatStores({ database, transaction: unwrap(transaction), fromVersion });
    },
    // A newer version of the app, in another tab, waits for this.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  });
}

/** Empties every store, in one transaction. */
export async function eraseDatabase(database: Database): Promise<void> {
  const names = [...database.objectStoreNames];
  const transaction = database.transaction(names, "readwrite");
  await Promise.all(names.map((name) => transaction.objectStore(name).clear()));
  await transaction.done;
}
