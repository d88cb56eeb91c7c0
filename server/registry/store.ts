import { inviteKey } from "./invite_store.ts";
import { afterUse, type InviteRecord } from "./invites.ts";
import type { Claims, HandleRecord, LiveHandle, ReleasedHandle } from "./rules.ts";

/**
 * The registry's keys in Deno KV, all under `registry`:
 *
 * | key | value |
 * | --- | --- |
 * | `["registry", "handle", handle]` | {@link HandleRecord}, at most 20 KiB |
 * | `["registry", "primary", primary]` | the handle that the primary has, or has released |
 * | `["registry", "nostr", pubkey]` | the primary that the nostr key is linked to |
 * | `["registry", "reserved", handle]` | {@link Reservation}: the operator keeps the handle back |
 * | `["registry", "invite", hash]` | see invite_store.ts |
 * | `["registry", "server"]` | the server's name, stored with the first registration |
 * | `["nonce", primary, nonce]` | true; see nonces.ts |
 */
const handleKey = (handle: string) => ["registry", "handle", handle];
const primaryKey = (primary: string) => ["registry", "primary", primary];
const nostrKey = (pubkey: string) => ["registry", "nostr", pubkey];
const reservedKey = (handle: string) => ["registry", "reserved", handle];
const SERVER_KEY = ["registry", "server"];

/** The name that registrations in this storage are signed for; null before the first one. */
export async function readServerName(kv: Deno.Kv): Promise<string | null> {
  return (await kv.get<string>(SERVER_KEY)).value;
}

/** Gives the storage to a server of another name. What is signed for the earlier one stays as it is. */
export async function writeServerName(kv: Deno.Kv, name: string): Promise<void> {
  await kv.set(SERVER_KEY, name);
}

/** What was read, to be written on the condition that none of it has changed since. */
export interface Snapshot extends Claims {
  checks: Deno.AtomicCheck[];
  isFirst: boolean;
}

interface Names {
  handle: string;
  primary: string;
  nostr: string | null;
  /** SHA-256 of the invite's code. */
  invite?: string | null;
}

/** A handle that nobody may register. */
export interface Reservation {
  reservedAtMs: number;
}

export interface RegistryStore {
  find(handle: string): Promise<HandleRecord | null>;
  handleOf(primary: string): Promise<string | null>;
  list(): AsyncIterable<HandleRecord>;
  /** True where the operator keeps the handle back. */
  isReserved(handle: string): Promise<boolean>;
  /** Every handle that the operator keeps back, with when it was. */
  listReserved(): AsyncIterable<{ handle: string } & Reservation>;
  /** Keeps a handle back. False where somebody has it. */
  reserve(handle: string, reservation: Reservation): Promise<boolean>;
  unreserve(handle: string): Promise<void>;
  /** Reads all that decides about a registration, by an invite where one is needed. */
  snapshot(names: Names): Promise<Snapshot>;
  /**
   * Writes a handle that is new, changed or back, and uses the snapshot's invite. False where something changed since the
   * snapshot.
   */
  put(record: LiveHandle, snapshot: Snapshot): Promise<boolean>;
  /** Replaces a live handle by its released form. False where something changed since the snapshot. */
  release(record: ReleasedHandle, snapshot: Snapshot): Promise<boolean>;
}

/**
 * The registry's storage in Deno KV.
 *
 * @param server stored with the first registration
 * @param noteChange adds to a commit what others who share the storage are told
 */
export function createRegistryStore(
  kv: Deno.Kv,
  { server, noteChange = () => undefined }: {
    server: string;
    noteChange?(commit: Deno.AtomicOperation, handle: string): void;
  },
): RegistryStore {
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

    async isReserved(handle) {
      return (await kv.get<Reservation>(reservedKey(handle))).value !== null;
    },

    async *listReserved() {
      const prefix = reservedKey("").slice(0, -1);
      for await (const { key, value } of kv.list<Reservation>({ prefix })) {
        yield { handle: String(key.at(-1)), ...value };
      }
    },

    async reserve(handle, reservation) {
      const record = await kv.get<HandleRecord>(handleKey(handle));
      if (record.value?.state === "live") return false;
      const commit = kv.atomic().check(record).set(reservedKey(handle), reservation);
      return (await commit.commit()).ok;
    },

    unreserve: (handle) => kv.delete(reservedKey(handle)),

    async snapshot({ handle, primary, nostr, invite = null }) {
      const entries = await kv.getMany<
        [HandleRecord, string, string, Reservation, string, InviteRecord]
      >([
        handleKey(handle),
        primaryKey(primary),
        SERVER_KEY,
        reservedKey(handle),
        nostrKey(nostr ?? ""),
        inviteKey(invite ?? ""),
      ]);
      const [record, handleOfPrimary, serverName, reservation, ofNostr, ofInvite] = entries;
      if (serverName.value !== null && serverName.value !== server) {
        throw new Error("The registry belongs to a server of another name.");
      }
      return {
        record: record.value,
        handleOfPrimary: handleOfPrimary.value,
        isReserved: reservation.value !== null,
        primaryOfNostr: nostr === null ? null : ofNostr.value,
        invite: invite === null ? null : ofInvite.value,
        isFirst: serverName.value === null,
        checks: entries.filter((entry) =>
          (entry !== ofNostr || nostr !== null) && (entry !== ofInvite || invite !== null)
        ),
      };
    },

    async put(record, { record: previous, checks, isFirst, invite }) {
      const commit = kv.atomic().check(...checks);
      if (previous?.state === "live" && previous.nostr && previous.nostr !== record.nostr) {
        commit.delete(nostrKey(previous.nostr));
      }
      if (record.nostr) commit.set(nostrKey(record.nostr), record.primary);
      commit.set(handleKey(record.handle), record).set(primaryKey(record.primary), record.handle);
      if (invite) useInvite(commit, invite);
      // Written once: setting it again would make every registration conflict with all others in flight.
      if (isFirst) commit.set(SERVER_KEY, server);
      noteChange(commit, record.handle);
      return (await commit.commit()).ok;
    },

    async release(record, { record: previous, checks }) {
      const commit = kv.atomic().check(...checks).set(handleKey(record.handle), record);
      if (previous?.state === "live" && previous.nostr) commit.delete(nostrKey(previous.nostr));
      noteChange(commit, record.handle);
      return (await commit.commit()).ok;
    },
  };
}

function useInvite(commit: Deno.AtomicOperation, invite: InviteRecord): void {
  const left = afterUse(invite);
  if (left === null) return void commit.delete(inviteKey(invite.hash));
  // What Deno KV counts from is the moment of writing; the record says when the time is really over.
  const expireIn = invite.expiresAtMs - invite.createdAtMs;
  commit.set(inviteKey(invite.hash), left, { expireIn });
}
