import type { DBSchema } from "idb";

/** What chats keep, sealed. */
export interface ChatStores extends DBSchema {}

/** Brings the stores of chats up to date; `fromVersion` is 0 where there is no database yet. */
export function createChatStores(_database: IDBDatabase, _fromVersion: number): void {}
