import { addrOf } from "../../protocol/addr.ts";
import type { Registration } from "../../protocol/registration.ts";
import type { AuthorizedRequest } from "../../protocol/request_auth.ts";
import { NO_SHARED_CHANGES, type SharedChanges } from "../shared_changes.ts";
import { createKeyedQueue, type KeyedQueue } from "../keyed_queue.ts";
import { createHandleAdministration, type HandleAdministration } from "./handle_administration.ts";
import { type Admission, inviteHash } from "./invites.ts";
import type { HomeRelays } from "./home_relays.ts";
import type { LookUp } from "./look_up.ts";
import { createLookUps, type LookUps } from "./look_ups.ts";
import { createMemberList, type MemberList, type Members } from "./members.ts";
import { createNonces, type Nonces } from "./nonces.ts";
import {
  checkRegistration,
  checkRelease,
  checkUpdate,
  createdAtMs,
  type LiveHandle,
  signedPart,
} from "./rules.ts";
import { followHandles, HANDLE_TOPIC, remember } from "./shared_handles.ts";
import { createRegistryStore, type RegistryStore } from "./store.ts";

/** What others follow when a handle is given up. */
export type ReleasedIdentity = Pick<LiveHandle, "handle" | "primary" | "addr" | "nostr">;

/** The handles of this server. */
export interface Registry {
  members: Members;
  /** How many handles somebody has. */
  handleCount(): number;
  nonces: Nonces;
  /** Null where nobody has the handle. */
  lookUp(handle: string): Promise<LookUp | null>;
  /** By `ed25519:<hex>`; null where it has no handle. */
  lookUpPrimary(primary: string): Promise<LookUp | null>;
  /**
   * Takes a verified registration of somebody whom `admission` lets in, anybody without it; `created` is false where it
   * was known already. An invite is used by what is created, in the same commit.
   *
   * @throws Problem `reserved_handle`, `registration_closed`, `invalid_invite`, `handle_taken`, `primary_taken`,
   * `nostr_taken`, `replayed`
   */
  register(
    registration: Registration,
    admission?: Admission,
  ): Promise<{ created: boolean; lookUp: LookUp }>;
  /** True where the operator keeps the handle back. */
  isReserved(handle: string): Promise<boolean>;
  /** @throws Problem `malformed`, `unknown_handle`, `forbidden`, `replayed`, `nostr_taken` */
  update(pathHandle: string, registration: Registration): Promise<LookUp>;
  /** @throws Problem `unknown_handle`, `forbidden` */
  release(handle: string, by: Pick<AuthorizedRequest, "primary" | "createdAtMs">): Promise<void>;
  /** What the operator may do with handles. */
  administration: HandleAdministration;
  /** Calls the listener after every release. Returns what ends it. */
  onReleased(listener: (identity: ReleasedIdentity) => void): () => void;
  /** Calls the listener with a nostr key (64 hex) whose member has taken another one, or none. Returns what ends it. */
  onKeyLeft(listener: (nostr: string) => void): () => void;
}

/** Tells whether a primary, `ed25519:<hex>`, has a handle. */
export function isRegisteredIn(registry: Pick<Registry, "lookUpPrimary">) {
  return async (primary: string): Promise<boolean> =>
    await registry.lookUpPrimary(primary) !== null;
}

/** Conflicts end with whoever commits first; more than this means that storage is broken. */
const MAX_ATTEMPTS = 50;

interface Parts {
  store: RegistryStore;
  members: MemberList;
  lookUps: LookUps;
  /** Changes of one handle follow one another, in memory as in storage. */
  inTurn: KeyedQueue;
  homes: HomeRelays | null;
  nowMs(): number;
}

/**
 * Opens the registry and loads its members.
 *
 * @param server the public name that registrations are signed for
 * @param sigServerUrl base URL of the server that holds the sigchains; null: this one does
 * @param homes where several servers share the registry: which relay holds whose mail
 * @param changes what the others of them do
 * @param relayUrl gives what is handed out as `relays[0]`, verbatim; asked at every look-up, because the relay opens later
 */
export async function createRegistry(
  { kv, server, relayUrl, sigServerUrl = null, homes = null, changes = NO_SHARED_CHANGES, nowMs }: {
    kv: Deno.Kv;
    server: string;
    relayUrl: () => string;
    sigServerUrl?: string | null;
    homes?: HomeRelays | null;
    changes?: Pick<SharedChanges, "note" | "follow">;
    nowMs: () => number;
  },
): Promise<Registry> {
  const noteChange = (commit: Deno.AtomicOperation, handle: string) =>
    changes.note(commit, HANDLE_TOPIC, handle);
  const store = createRegistryStore(kv, { server, noteChange });
  const members = createMemberList();
  const relayOf = (record: LiveHandle) => homes?.of(record) ?? relayUrl();
  const addresses = { server, sigServerUrl, relayOf };
  const lookUps = createLookUps({ store, addresses, nowMs });
  const parts = { store, members, lookUps, inTurn: createKeyedQueue(), homes, nowMs };
  const listeners = new Set<(identity: ReleasedIdentity) => void>();
  const keyListeners = new Set<(nostr: string) => void>();
  const tell = (released: ReleasedIdentity): void => {
    for (const listener of listeners) listener(released);
  };
  const tellOfKey = (left: string): void => {
    for (const listener of keyListeners) listener(left);
  };
  const releaseAndTell = async (request: ReleaseRequest): Promise<void> => {
    const { handle, primary, addr, nostr } = await release(parts, request);
    tell({ handle, primary, addr, nostr });
  };
  for await (const record of store.list()) remember(parts, record);
  followHandles({ ...parts, changes, onReleased: tell, onKeyLeft: tellOfKey });

  return {
    members,
    handleCount: () => members.size,
    nonces: createNonces(kv),
    lookUp: lookUps.byHandle,
    lookUpPrimary: lookUps.byPrimary,
    register: (registration, admission = { mode: "open" }) =>
      register(parts, { registration, admission }),
    isReserved: store.isReserved,
    async update(pathHandle, registration) {
      const { lookUp, leftKey } = await update(parts, { pathHandle, registration });
      if (leftKey !== null) tellOfKey(leftKey);
      return lookUp;
    },
    release: (handle, { primary, createdAtMs: releasedAtMs }) =>
      releaseAndTell({ handle, primary, releasedAtMs }),
    administration: createHandleAdministration({
      store,
      release: (handle) => releaseAndTell({ handle, primary: null, releasedAtMs: nowMs() }),
      inTurn: parts.inTurn,
      nowMs,
    }),
    onReleased(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onKeyLeft(listener) {
      keyListeners.add(listener);
      return () => void keyListeners.delete(listener);
    },
  };
}

function register(
  parts: Parts,
  { registration, admission }: { registration: Registration; admission: Admission },
) {
  const { store, lookUps, inTurn, homes, nowMs } = parts;
  const code = admission.mode === "invite" ? admission.code : null;
  const invite = code === null ? null : inviteHash(code);
  const names = { ...namesOf(registration), invite };
  const take = () =>
    untilCommitted(async () => {
      const snapshot = await store.snapshot(names);
      const known = checkRegistration(registration, {
        claims: snapshot,
        admission,
        nowMs: nowMs(),
      });
      if (known) return { created: false, lookUp: lookUps.make(known) };
      const record = recordOf(registration, nowMs());
      if (homes) record.relay = homes.assign(record.addr);
      if (!(await store.put(record, snapshot))) return null;
      return { created: true, lookUp: publish(parts, record) };
    });
  const takeHandle = () => inTurn(names.handle, take);
  // Those who come by one invite would else hinder each other at every attempt.
  return invite === null ? takeHandle() : inTurn(`invite ${invite}`, takeHandle);
}

function update(
  parts: Parts,
  { pathHandle, registration }: { pathHandle: string; registration: Registration },
): Promise<{ lookUp: LookUp; leftKey: string | null }> {
  const { store, inTurn } = parts;
  return inTurn(pathHandle, () =>
    untilCommitted(async () => {
      const snapshot = await store.snapshot(namesOf(registration));
      const previous = checkUpdate(registration, { pathHandle, claims: snapshot });
      const record = recordOf(registration, previous.registeredAtMs);
      if (previous.relay !== undefined) record.relay = previous.relay;
      if (!(await store.put(record, snapshot))) return null;
      const leftKey = previous.nostr === record.nostr ? null : previous.nostr;
      return { lookUp: publish(parts, record), leftKey };
    }));
}

interface ReleaseRequest {
  handle: string;
  /** Who asks; null: the operator. */
  primary: string | null;
  releasedAtMs: number;
}

function release(
  { store, members, lookUps, inTurn }: Parts,
  { handle, primary, releasedAtMs }: ReleaseRequest,
): Promise<LiveHandle> {
  return inTurn(handle, () =>
    untilCommitted(async () => {
      const snapshot = await store.snapshot({ handle, primary: primary ?? "", nostr: null });
      const previous = checkRelease(snapshot.record, primary);
      const record = {
        state: "released",
        handle,
        primary: previous.primary,
        addr: previous.addr,
        lastCreatedAtMs: createdAtMs(previous.registration),
        releasedAtMs,
      } as const;
      if (!(await store.release(record, snapshot))) return null;
      lookUps.forget(previous);
      members.release(previous.addr);
      return previous;
    }));
}

function publish(parts: Parts, record: LiveHandle): LookUp {
  const { lookUps } = parts;
  lookUps.forget(record);
  remember(parts, record);
  return lookUps.make(record);
}

function recordOf(registration: Registration, registeredAtMs: number): LiveHandle {
  const { handle, primary, nostr } = namesOf(registration);
  return {
    state: "live",
    handle,
    primary,
    addr: addrOf(primary),
    nostr,
    registeredAtMs,
    registration: signedPart(registration),
  };
}

function namesOf({ payload: { handle, primary, nostr } }: Registration) {
  return { handle, primary, nostr: nostr?.pubkey ?? null };
}

async function untilCommitted<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (let i = 0; i < MAX_ATTEMPTS; i++) {
    const result = await attempt();
    if (result !== null) return result;
  }
  throw new Error("The registry could not be written: it changed at every attempt.");
}
