import type { Claims, HandleRecord, LiveHandle, ReleasedHandle } from "./rules.ts";

/**
 * The registry's keys in Deno KV, all under `registry`:
 *
 * | key | value |
 * | --- | --- |
 * | `["registry", "handle", handle]` | {@link HandleRecord}, at most 20 KiB |
 * | `["registry", "primary", primary]` | the handle that the primary has, or has released |
 * | `["registry", "nostr", pubkey]` | the primary that the nostr key is linked to |
 * | `["registry", "server"]` | the server's name, stored with the first registration |
 * | `["nonce", primary, nonce]` | true; see nonces.ts |
 */
const handleKey = (handle: string) => ["registry", "handle", handle];
const primaryKey = (primary: string) => ["registry", "primary", primary];
const nostrKey = (pubkey: string) => ["registry", "nostr", pubkey];
const SERVER_KEY = ["registry", "server"];

/** The name that registrations in this storage are signed for; null before the first one. */
export async function readServerName(kv: Deno.Kv): Promise<string | null> {
  return (await kv.get<string>(SERVER_KEY)).value;
}

/** What was read, to be written on the condition that none of it has changed since. */
export interface Snapshot extends Claims {
  checks: Deno.AtomicCheck[];
  isFirst: boolean;
}

export interface RegistryStore {
  find(handle: string): Promise<HandleRecord | null>;
  handleOf(primary: string): Promise<string | null>;
  list(): AsyncIterable<HandleRecord>;
  /** Reads all that decides about a registration. */
  snapshot(names: { handle: string; primary: string; nostr: string | null }): Promise<Snapshot>;
  /** Writes a handle that is new, changed or back. False where something changed since the snapshot. */
  put(record: LiveHandle, snapshot: Snapshot): Promise<boolean>;
  /** Replaces a live handle by its released form. False where something changed since the snapshot. */
  release(record: ReleasedHandle, snapshot: Snapshot): Promise<boolean>;
}

/** The registry's storage in Deno KV. `server` is stored with the first registration. */
export function createRegistryStore(kv: Deno.Kv, server: string): RegistryStore {
  return {
    async find(handle) {
      return (await kv.get<HandleRecord>(handleKey(handle))).value;
    },

    async handleOf(primary) {
      return (await kv.get<string>(primaryKey(primary))).value;
    },

    async *list() {
      const prefix = handleKey("").slice(0, -1);
      for await (const entry of kv.list<HandleRecord>({ prefix })) yield entry.value;
    },

    async snapshot({ handle, primary, nostr }) {
      const entries = await kv.getMany<[HandleRecord, string, string, string]>([
        handleKey(handle),
        primaryKey(primary),
        SERVER_KEY,
        nostrKey(nostr ?? ""),
      ]);
      const [record, handleOfPrimary, serverName, primaryOfNostr] = entries;
      if (serverName.value !== null && serverName.value !== server) {
        throw new Error("The registry belongs to a server of another name.");
      }
      return {
        record: record.value,
        handleOfPrimary: handleOfPrimary.value,
        primaryOfNostr: nostr === null ? null : primaryOfNostr.value,
        isFirst: serverName.value === null,
        checks: nostr === null ? entries.slice(0, 3) : entries,
      };
    },

    async put(record, { record: previous, checks, isFirst }) {
      const commit = kv.atomic().check(...checks);
      if (previous?.state === "live" && previous.nostr && previous.nostr !== record.nostr) {
        commit.delete(nostrKey(previous.nostr));
      }
      if (record.nostr) commit.set(nostrKey(record.nostr), record.primary);
      commit.set(handleKey(record.handle), record).set(primaryKey(record.primary), record.handle);
      // Written once: setting it again would make every registration conflict with all others in flight.
      if (isFirst) commit.set(SERVER_KEY, server);
      return (await commit.commit()).ok;
    },

    async release(record, { record: previous, checks }) {
      const commit = kv.atomic().check(...checks).set(handleKey(record.handle), record);
      if (previous?.state === "live" && previous.nostr) commit.delete(nostrKey(previous.nostr));
      return (await commit.commit()).ok;
    },
  };
}
