import { bytesToHex } from "../protocol/bytes.ts";
import { type Api, createApi } from "./api.ts";
import type { LiveChats } from "./chats/chats.ts";
import type { Chats } from "./chats/model/model.ts";
import { reflect } from "./chats/reflect.svelte.ts";
import type { ClaimsView } from "./claims/claim_model.ts";
import { createContactDirectory } from "./contacts/resolve.ts";
import { eraseOrigin } from "./erase_origin.ts";
import type { LookUp } from "./look_up.ts";
import { type AppUpdates, createAppUpdates } from "./offline/app_updates.ts";
import { createBrowserEnvironment, type RelayEnvironment } from "./relays/relay_environment.ts";
import type { Notifications } from "./push/notifications.ts";
import { createLateNotifications, type PageNotifications } from "./push/late_notifications.ts";
import { createAccountMarker } from "./session/account_marker.ts";
import { createKeyDeriver } from "./session/argon2.ts";
import { createAttemptGuard } from "./session/attempt_guard.ts";
import { createIdleLock } from "./session/idle_lock.ts";
import type { Locks } from "./session/locks.ts";
import { mirrorSession } from "./session/session.svelte.ts";
import type { Session, UnlockedAccount } from "./session/session.ts";
import { createSession } from "./session/session_machine.ts";
import { createUseChannel, followUse } from "./session/use_signals.ts";
import { createVaultStorage } from "./session/vault_storage.ts";
import { openDatabase } from "./storage/database.ts";
import { createSealer } from "./storage/sealer.ts";
import { createCurrentChats } from "./tabs/current_chats.ts";
import { createPresence } from "./tabs/presence.ts";
import { createTabLock } from "./tabs/tab_lock.ts";
import { createTabChannel } from "./tabs/tab_message.ts";
import { createTabs } from "./tabs/tabs.ts";
import { loaded } from "./loaded.ts";
import { whenIdle } from "./when_idle.ts";
import { createEd25519Verifier } from "./verify_ed25519.ts";

/** What every screen works with. */
export interface Services {
  api: Api;
  session: Session;
  /** What opens the account. @throws UserError `no_network` */
  openLocks(): Promise<Locks>;
  /** Those of the open account; empty while there is none. */
  chats: Chats;
  updates: AppUpdates;
  notifications: Notifications;
  onNotificationOpen: PageNotifications["onNotificationOpen"];
  /**
   * Somebody's claims, for who has no account here.
   *
   * @throws UserError where they cannot be read
   */
  publicClaims(person: LookUp): Promise<ClaimsView>;
}

/** The only wiring of the client, and the only place that takes what a browser has. Needs a secure context. */
export function createServices(): Services {
  const nowMs = () => Date.now();
  const fetch = globalThis.fetch.bind(globalThis);
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const verifyEd25519 = createEd25519Verifier(crypto.subtle);
  const api = createApi({ fetch, origin: location.origin, nowMs });
  const opening = openDatabase("kez-chat");
  // Whoever reads it first is told.
  opening.catch(() => undefined);
  const storage = createVaultStorage(opening);
  const newId = () => bytesToHex(randomBytes(16));
  const current = createCurrentChats({ newId });
  const tabs = createTabs({
    lock: createTabLock({ locks: navigator.locks, name: "kez-chat/leader" }),
    channel: createTabChannel("kez-chat/tabs"),
    presence: createPresence(navigator.locks),
    // The name of this very build: scripts carry their hash in it.
    version: import.meta.url,
    chats: current,
    deleteDeviceCopy: storage.deleteDeviceCopy,
    newId,
    isVisible: () => document.visibilityState === "visible",
    nowMs,
    afterMs,
    onFollowing: () => void loadChats().catch((error) => console.debug("Not loaded yet", error)),
    onFault: reportFault,
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tabs.wake();
  });
  const browser = createBrowserEnvironment({ serverOffsetMs: api.serverTimeOffsetMs });
  const environment: RelayEnvironment = {
    ...browser,
    onWake(listener) {
      const ends = [browser.onWake(listener), tabs.onWake(listener)];
      return () => ends.forEach((end) => end());
    },
  };
  const deriveKey = createKeyDeriver(startArgon2);
  let running: LiveChats | null = null;

  async function startChats(unlocked: UnlockedAccount): Promise<void> {
    const { account, secrets } = unlocked;
    const { server: homeServer } = account;
    const { createChats, createBlobServer, createPictureThread } = await loadChats();
    running = createChats({
      ...unlocked,
      database: await opening,
      sealer: await createSealer(secrets.storageKey),
      environment,
      blobs: createBlobServer({
        origin: location.origin,
        server: homeServer,
        fetch,
        askMaxBytes: async () => (await api.config()).blobMaxBytes,
      }),
      fetch,
      origin: location.origin,
      pictureWorks: createPictureThread(startPictureWorker),
      directory: createContactDirectory({ homeServer, api, fetch, verifyEd25519 }),
      verifyEd25519,
      randomBytes,
      defaultRelays: async () => (await api.config()).relays,
      deriveKey,
      onReplaced: () => tabs.lock.stepDown(),
      onFault: reportFault,
    });
    tabs.serve(running);
    await running.start();
  }

  async function stopChats(): Promise<void> {
    const stopping = running;
    running = null;
    tabs.serve(null);
    await stopping?.stop();
  }

  const session = createSession({
    storage,
    api,
    deriveKey,
    verifyEd25519,
    nowMs,
    random: randomBytes,
    tabLock: tabs.lock,
    marker: createAccountMarker(() => localStorage, reportFault),
    async releaseAccount(account, { identitySecret }) {
      const { releaseAccount } = await loaded(import("./session/release_account.ts"));
      const own = { fetch, origin: location.origin, identitySecret, nowMs, randomBytes };
      await releaseAccount(account, own);
    },
    persistStorage: () => navigator.storage.persist(),
    eraseOrigin: () => eraseOrigin(window),
    onUnlocked: startChats,
    onLocked: stopChats,
    onFault: reportFault,
  });
  const updates = createAppUpdates({
    container: navigator.serviceWorker ?? null,
    reload: () => void reloadAfter(running?.stop()),
    onFault: (error) => console.debug("No start without a network", error),
  });
  const shared = tabs.share(session);
  followUse(
    document,
    createIdleLock({
      session: shared,
      channel: createUseChannel("kez-chat/use"),
      nowMs,
      afterMs,
      onFault: reportFault,
    }),
  );
  const { chats } = current;
  const late = createLateNotifications({
    async load() {
      const { openNotifications } = await import("./push/open_notifications.ts");
      return openNotifications({ fetch, session: shared, chats, afterMs, onFault: reportFault });
    },
    // Without them there is no network, and another start brings them.
    onFault: (error) => console.debug("No notifications", error),
  });
  whenIdle(late.start);
  let locks: Promise<Locks> | null = null;

  /** Settings and the Locked screen alone need them. */
  async function startLocks(): Promise<Locks> {
    const { createLocks, createBiometrics } = await loadLocks();
    return createLocks({
      session: shared,
      biometrics: createBiometrics({
        credentials: navigator.credentials,
        publicKey: globalThis.PublicKeyCredential,
        hostname: location.hostname,
        random: randomBytes,
        nowMs,
      }),
      storage,
      guard: createAttemptGuard({ storage, nowMs }),
      deriveKey,
      onFault: reportFault,
    });
  }

  return {
    api,
    session: mirrorSession(shared),
    openLocks: () =>
      locks ??= startLocks().catch((error) => {
        locks = null;
        throw error;
      }),
    chats: reflect(chats),
    updates,
    notifications: reflect(late.notifications),
    onNotificationOpen: late.onNotificationOpen,
    async publicClaims(person) {
      const { readPublicClaims } = await loaded(import("./claims/public_claims.ts"));
      return await readPublicClaims(person, { api, fetch, environment, verifyEd25519 });
    },
  };
}

/** Sealing, relays and chats are half of the app's code; who is at the door does without. */
async function loadChats() {
  const parts = await loaded(Promise.all([
    import("./chats/chats.ts"),
    import("./blobs/blob_server.ts"),
    import("./pictures/picture_thread.ts"),
  ]));
  const [{ createChats }, { createBlobServer }, { createPictureThread }] = parts;
  return { createChats, createBlobServer, createPictureThread };
}

async function loadLocks() {
  const [{ createLocks }, { createBiometrics }] = await loaded(Promise.all([
    import("./session/locks.ts"),
    import("./session/biometrics.ts"),
  ]));
  return { createLocks, createBiometrics };
}

function afterMs(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}

/** For {@link Services.updates}: the old version writes down what it has not yet, drafts included. */
async function reloadAfter(stopping: Promise<void> | undefined): Promise<void> {
  try {
    await stopping;
  } catch (error) {
    reportFault(error);
  }
  location.reload();
}

function startArgon2(): Worker {
  return new Worker(new URL("./session/argon2_worker.ts", import.meta.url), { type: "module" });
}

function startPictureWorker(): Worker {
  return new Worker(new URL("./pictures/picture_worker.ts", import.meta.url), { type: "module" });
}

function reportFault(error: unknown): void {
  console.error("Something failed in the background.", error);
}
