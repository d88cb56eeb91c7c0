import "fake-indexeddb/auto";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "../../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import type { SessionSecrets } from "../../../../protocol/identity.ts";
import { type Registration, verifyRegistration } from "../../../../protocol/registration.ts";
import { verifyRequestAuthorization } from "../../../../protocol/request_auth.ts";
import { createApi } from "../../../../client/api.ts";
import type { Fetch } from "../../../../client/fetch_json.ts";
import type { DeriveKey } from "../../../../client/session/argon2.ts";
import type { UnlockedAccount } from "../../../../client/session/session.ts";
import { releaseAccount } from "../../../../client/session/release_account.ts";
import { createSession } from "../../../../client/session/session_machine.ts";
import { sealBoxes, type Vault } from "../../../../client/session/vault.ts";
import { createVaultStorage } from "../../../../client/session/vault_storage.ts";
import { type Database, openDatabase } from "../../../../client/storage/database.ts";
import { VAULT_DEFAULTS } from "../../../../client/storage/vault_store.ts";
import type { TabLock, TabLockHolder } from "../../../../client/tabs/tab_lock.ts";
import { UserError, type UserErrorCode } from "../../../../client/user_error.ts";

export const PASSPHRASE = "correct horse battery";
export const SERVER = "kez.example";
export const START_MS = Date.UTC(2026, 5, 1);
/** NIP-06's first vector. */
export const PHRASE =
  "leader monkey parrot ring guide accident before fence cannon height naive bean";

/** For `assert.rejects`: a UserError of one code. */
export function tells(code: UserErrorCode, detail?: RegExp) {
  return (error: unknown) => {
    if (error instanceof UserError && error.code === code) {
      return detail === undefined || detail.test(error.detail ?? "");
    }
    throw new Error(`expected ${code}, got ${error}`, { cause: error });
  };
}

/** Stands in for Argon2id: fast, but as different for every input. */
export const quickDeriveKey: DeriveKey = ({ passphrase, salt, memoryKib, iterations }) => {
  const input = utf8ToBytes(`${passphrase} ${salt.join()} ${memoryKib} ${iterations}`);
  return Promise.resolve({ key: new Uint8Array(sha256(input)), elapsedMs: 100 });
};

/** A registry in memory, which checks what it is sent. */
export interface FakeServer {
  fetch: Fetch;
  /** What it is called; registrations are signed for it. */
  name: string;
  /** Handle → registration. */
  registered: Map<string, Registration>;
  /** Every document that was sent, also those that were refused. */
  sent: Registration[];
  nowMs: number;
  registration: "open" | "invite" | "closed";
  /** The one that lets somebody in where registration is by invitation. */
  invite: string;
  relayUrl: string;
  /** The relay that entries name, where the server has several; null: the same. */
  homeRelay: string | null;
  /** Looked at before every request; what it returns is the answer, and what it throws ends the connection. */
  before: (path: string) => Response | null;
  /** As `before`, once the request was dealt with. */
  after: (path: string) => void;
}

export function createFakeServer(nowMs = START_MS): FakeServer {
  const server: FakeServer = {
    name: SERVER,
    registered: new Map(),
    sent: [],
    nowMs,
    registration: "open",
    invite: "harbour",
    relayUrl: `wss://${SERVER}/relay`,
    homeRelay: null,
    before: () => null,
    after: () => {},
    async fetch(url, init) {
      const path = new URL(url).pathname;
      const early = server.before(path);
      if (early) return early;
      const [status, body] = await answer(server, path, init);
      server.after(path);
      const headers = { Date: new Date(server.nowMs).toUTCString() };
      return new Response(status === 204 ? null : JSON.stringify(body), { status, headers });
    },
  };
  return server;
}

type Answer = [status: number, body: unknown];

async function answer(server: FakeServer, path: string, init?: RequestInit): Promise<Answer> {
  if (path === "/v1/config") return [200, configOf(server)];
  if (init?.method === "DELETE") return await release(server, path, init);
  if (path === "/v1/register") return await register(server, String(init?.body));
  if (init?.method === "PUT") return await renew(server, String(init.body));
  const found = [...server.registered.values()].find(({ payload }) =>
    path === `/v1/u/${payload.handle}` || path === `/v1/p/${payload.primary.replace(":", "/")}`
  );
  return found ? [200, lookUpOf(server, found)] : problem(404, "unknown_handle");
}

async function release(server: FakeServer, path: string, init: RequestInit): Promise<Answer> {
  const handle = path.split("/").at(-1)!;
  const known = server.registered.get(handle);
  const header = (init.headers as Record<string, string>).Authorization!;
  const request = { server: SERVER, method: "DELETE", path, body: null };
  try {
    const deps = { nowMs: server.nowMs, verifyEd25519 };
    const { primary } = await verifyRequestAuthorization(header, { request, ...deps });
    if (known && known.payload.primary !== primary) return problem(403, "forbidden");
  } catch {
    const [status, body] = problem(401, "unauthorized");
    const server_time = new Date(server.nowMs).toISOString();
    return [status, { ...(body as object), server_time }];
  }
  if (!server.registered.delete(handle)) return problem(404, "unknown_handle");
  return [204, null];
}

async function renew(server: FakeServer, body: string): Promise<Answer> {
  const document: Registration = JSON.parse(body);
  server.sent.push(document);
  const { nowMs, name, registered } = server;
  try {
    await verifyRegistration(document, { server: name, nowMs, verifyEd25519 });
  } catch (error) {
    return problem(400, (error as { code: string }).code);
  }
  const { handle, primary } = document.payload;
  if (registered.get(handle)?.payload.primary !== primary) return problem(403, "forbidden");
  registered.set(handle, document);
  return [200, lookUpOf(server, document)];
}

async function register(server: FakeServer, body: string): Promise<Answer> {
  const { nowMs, registered } = server;
  const { invite, ...document }: Registration & { invite?: string } = JSON.parse(body);
  server.sent.push(document);
  try {
    await verifyRegistration(document, { server: server.name, nowMs, verifyEd25519 });
  } catch (error) {
    return problem(400, (error as { code: string }).code);
  }
  const { handle, primary } = document.payload;
  const known = registered.get(handle);
  if (server.registration === "invite" && invite !== server.invite) {
    return problem(403, "invalid_invite");
  }
  if (known && JSON.stringify(known) === JSON.stringify(document)) {
    return [200, lookUpOf(server, known)];
  }
  if (known) return problem(409, "handle_taken");
  if ([...registered.values()].some(({ payload }) => payload.primary === primary)) {
    return problem(409, "primary_taken");
  }
  registered.set(handle, document);
  return [201, lookUpOf(server, document)];
}

function problem(status: number, code: string): Answer {
  return [status, { code, detail: "What to do." }];
}

function lookUpOf({ relayUrl, homeRelay }: FakeServer, registration: Registration) {
  const { handle, primary, nostr } = registration.payload;
  const relays = [homeRelay ?? relayUrl];
  return { handle, primary, nostr: nostr?.pubkey ?? null, relays, registration };
}

function configOf({ name, registration, relayUrl }: FakeServer) {
  return {
    server: name,
    version: "0",
    relay_url: relayUrl,
    relays: [],
    registration,
    host: { name: null, sentence: null, contact: null, terms_url: null },
    retention_seconds: 60,
    blob: { max_bytes: 1 },
  };
}

/** A browser's lock that a test gives and takes. */
export function createFakeTabLock({ isFree = true } = {}) {
  let holder: TabLockHolder | null = null;
  const lock: TabLock = {
    start(newHolder) {
      holder = newHolder;
      if (isFree) holder.onHeld();
    },
    take: () => holder?.onHeld(),
    stepDown() {
      holder?.onLost();
      holder?.onHeld();
    },
  };
  return { lock, lose: () => holder?.onLost() };
}

let databases = 0;

/** What a device keeps over the lives of its tabs. */
export interface Device {
  server: FakeServer;
  database: Database;
  marks: Map<string, string>;
  nowMs: number;
  deriveKey: DeriveKey;
}

export async function createDevice(server = createFakeServer()): Promise<Device> {
  const database = await openDatabase(`session-${databases++}`);
  return { server, database, marks: new Map(), nowMs: START_MS, deriveKey: quickDeriveKey };
}

/** What happens in a tab when its session opens and closes. */
export interface TabHooks {
  onUnlocked?: () => Promise<void>;
  onLocked?: () => Promise<void>;
}

/** A tab of the app on a device, and what it told others. */
export function openTab(
  device: Device,
  tabLock = createFakeTabLock(),
  hooks: TabHooks = {},
) {
  const log: string[] = [];
  const faults: unknown[] = [];
  let unlocked: UnlockedAccount | null = null;
  let stopping = hooks.onLocked ?? (() => Promise.resolve());
  const session = createSession({
    storage: createVaultStorage(Promise.resolve(device.database)),
    api: createApi({
      fetch: (url, init) => device.server.fetch(url, init),
      origin: `https://${SERVER}`,
      nowMs: () => device.nowMs,
    }),
    deriveKey: (request) => device.deriveKey(request),
    verifyEd25519,
    nowMs: () => device.nowMs,
    random: (bytes) => crypto.getRandomValues(new Uint8Array(bytes)),
    tabLock: tabLock.lock,
    marker: {
      isSet: () => device.marks.has("account"),
      set: () => void device.marks.set("account", "1"),
      clear: () => void device.marks.delete("account"),
    },
    releaseAccount: (account, { identitySecret }) =>
      releaseAccount(account, {
        fetch: (url, init) => device.server.fetch(url, init),
        origin: `https://${SERVER}`,
        identitySecret,
        nowMs: () => device.nowMs,
        randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      }),
    persistStorage: () => Promise.resolve(log.push("persisted")),
    eraseOrigin: () => Promise.resolve(device.marks.clear()),
    onUnlocked(given) {
      unlocked = given;
      log.push("unlocked");
      return hooks.onUnlocked?.() ?? Promise.resolve();
    },
    onLocked() {
      log.push("locked");
      return stopping();
    },
    onFault: (error) => void faults.push(error),
  });
  return {
    session,
    log,
    faults,
    tabLock,
    /** What happens when the account is closed. */
    whenLocked: (step: typeof stopping) => stopping = step,
    /** What was handed out at the last unlock. */
    get unlocked(): UnlockedAccount {
      if (!unlocked) throw new Error("It was never unlocked.");
      return unlocked;
    },
  };
}

/** A vault of its own, locked by {@link PASSPHRASE}. */
export async function createSealedVault({ secrets }: { secrets: SessionSecrets }): Promise<Vault> {
  const primary = "ed25519:aa";
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const argon2 = { salt, memoryKib: 20_000, iterations: 3 };
  const sealing = { phrase: PHRASE, secrets, primary, argon2 };
  const boxes = await sealBoxes(sealing, { passphrase: PASSPHRASE, deriveKey: quickDeriveKey });
  const account = {
    handle: "alice",
    server: SERVER,
    fqhn: `alice@${SERVER}`,
    primary,
    addr: "",
    nostrPubkey: "",
    homeRelay: "",
  };
  return {
    ...VAULT_DEFAULTS,
    version: 1,
    account,
    isRestored: false,
    isPhraseSaved: false,
    ...boxes,
  };
}

/** A tab whose session has started. */
export async function startTab(device: Device) {
  const tab = openTab(device);
  await tab.session.start();
  return tab;
}

/** A device on which `alice` was created; its tab is gone. */
export async function createDeviceOfAlice(server = createFakeServer()): Promise<Device> {
  const device = await createDevice(server);
  const { session } = await startTab(device);
  await session.create({ handle: "alice", passphrase: PASSPHRASE });
  return device;
}

/** True where nothing is left of the secrets. */
export function areWiped({ identitySecret, nostrSecret, storageKey }: SessionSecrets): boolean {
  return [identitySecret, nostrSecret, storageKey].every((secret) =>
    secret.every((byte) => byte === 0)
  );
}

/** Copies of secrets, to compare with after they are wiped. */
export function copySecrets(secrets: SessionSecrets): SessionSecrets {
  return structuredClone(secrets);
}
