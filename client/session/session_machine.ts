import type { SessionSecrets } from "../../protocol/identity.ts";
import { OtherWriterError } from "../storage/other_writer_error.ts";
import type { TabLock } from "../tabs/tab_lock.ts";
import { UserError } from "../user_error.ts";
import type { AccountMarker } from "./account_marker.ts";
import { createAttemptGuard } from "./attempt_guard.ts";
import { sealDeviceCopy } from "./device_key.ts";
import { createEnrolment, type EnrolmentDeps } from "./enrolment.ts";
import { handleAvailability } from "./handle_availability.ts";
import { lockSettingsOf } from "./lock_settings.ts";
import { openByBiometrics, openByDevice, openByPassphrase, type OpenedVault } from "./opening.ts";
import { isTooShort } from "./passphrase_strength.ts";
import { wipeSecrets } from "./secret_bytes.ts";
import type { Account, Session, SessionPhase, UnlockedAccount } from "./session.ts";
import { openPhrase, type Vault } from "./vault.ts";

export interface SessionDeps extends EnrolmentDeps {
  tabLock: TabLock;
  marker: AccountMarker;
  /** Gives the account up on the home server. */
  releaseAccount: (account: Account, secrets: SessionSecrets) => Promise<void>;
  /** Asks the browser to keep this origin's data. */
  persistStorage: () => Promise<unknown>;
  /** Erases what this origin keeps outside the database. */
  eraseOrigin: () => Promise<void>;
  /** Awaited before the phase becomes `unlocked`. */
  onUnlocked: (unlocked: UnlockedAccount) => Promise<void>;
  /** Awaited before the secrets are wiped; the phase has changed by then. */
  onLocked: () => Promise<void>;
  /** For what fails without anybody waiting for it. */
  onFault: (error: unknown) => void;
}

/** The session of this tab, while it leads. What is asked of it happens step by step, in the order in which it is asked. */
export function createSession(deps: SessionDeps): Session {
  const { storage, api, deriveKey, tabLock, marker, onFault } = deps;
  const enrolment = createEnrolment(deps);
  const guard = createAttemptGuard(deps);
  const listeners = new Set<() => void>();
  let phase: SessionPhase = "starting";
  let vault: Vault | null = null;
  let secrets: SessionSecrets | null = null;
  let arrival = newArrival();
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<T>(step: () => Promise<T>): Promise<T> {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  }

  function become(nextPhase: SessionPhase, nextVault: Vault | null): void {
    phase = nextPhase;
    vault = nextVault;
    if (vault) marker.set();
    for (const listener of listeners) listener();
    if (phase !== "starting" && phase !== "elsewhere") arrival.resolve();
  }

  async function enter(opened: OpenedVault): Promise<void> {
    const { account, isRestored } = opened.vault;
    secrets = opened.secrets;
    try {
      const onCaughtUp = () => void inTurn(() => rememberReading(account)).catch(onFault);
      await deps.onUnlocked({ account, secrets, isRestored, onCaughtUp });
    } catch (error) {
      await leave();
      if (!isPassing(error)) become("locked", opened.vault);
      throw error;
    }
    become("unlocked", opened.vault);
  }

  async function leave(): Promise<void> {
    if (!secrets) return;
    try {
      await deps.onLocked();
    } finally {
      wipeSecrets(secrets);
      secrets = null;
    }
  }

  /** Null where another tab has erased the account meanwhile, which is about to be heard of. */
  async function remember(
    changes: Partial<Pick<Vault, "account" | "isRestored" | "isPhraseSaved">>,
  ): Promise<Vault | null> {
    if (!vault) return null;
    const change = (known: Vault) => ({ ...known, ...changes });
    if (!await storage.changeVault(vault.account.primary, change)) return null;
    return vault = { ...vault, ...changes };
  }

  async function rememberReading(account: Account): Promise<void> {
    if (!vault?.isRestored || vault.account !== account) return;
    await remember({ isRestored: false });
  }

  async function load(): Promise<void> {
    // Offline it stays as it is, until the next start or the next attempt.
    await enrolment.settle().catch(ignoreUserError);
    const found = await storage.vault();
    if (!found) {
      // It would open an account that is not here any more.
      await storage.deleteDeviceCopy();
      return become(marker.isSet() ? "erased" : "none", null);
    }
    const opened = await openByDevice(found, deps);
    if (!opened) return become("locked", found);
    await enter(opened);
    refreshHome().catch(onFault);
  }

  async function bringIn(enrol: () => Promise<OpenedVault | null>): Promise<void> {
    if (phase === "unlocked") throw new Error("There is an open account already.");
    const opened = await enrol();
    if (!opened) return await load();
    deps.persistStorage().catch(onFault);
    await enter(opened);
  }

  /** The account as it is today: server and relay may have other names than at the creation. Null where nobody can say. */
  async function todaysAccount(account: Account): Promise<Account | null> {
    const config = await api.config();
    const isSameServer = config.server === account.server;
    if (isSameServer && config.relayUrl === account.homeRelay) return account;
    const found = await api.lookUpPrimary(account.primary);
    if (isSameServer) return { ...account, homeRelay: found?.relays[0] ?? config.relayUrl };
    if (!found || !secrets) return null;
    const { followRename } = await import("./renamed_server.ts");
    return await followRename(account, { config, found, secrets, ...deps });
  }

  async function refreshHome(): Promise<void> {
    const before = vault?.account;
    const today = before && await todaysAccount(before).catch(ignoreUserError);
    await inTurn(async () => {
      if (!today || phase !== "unlocked" || !vault || !secrets || vault.account !== before) return;
      if (today.server === before.server && today.homeRelay === before.homeRelay) return;
      // It may hold mail that the old one never had.
      const moved = await remember({ isRestored: true, account: today });
      if (!moved) return;
      // Screens of the old connection close.
      become("starting", moved);
      await deps.onLocked();
      await enter({ vault: moved, secrets });
    });
  }

  async function eraseAll(): Promise<void> {
    const locked = vault;
    become("starting", locked);
    try {
      await leave();
      await storage.erase();
      await deps.eraseOrigin();
    } catch (error) {
      become(locked ? "locked" : "none", locked);
      throw error;
    }
    enrolment.forgetDraft();
    become("none", null);
  }

  function hold(): void {
    const held = inTurn(async () => {
      become("starting", null);
      await load();
    });
    held.catch((error) => {
      if (isPassing(error)) return;
      arrival.reject(error);
      onFault(error);
    });
  }

  function yieldToOther(): void {
    const yielded = inTurn(async () => {
      if (phase === "elsewhere") return;
      become("elsewhere", null);
      await leave();
    });
    yielded.catch(onFault);
  }

  return {
    get phase() {
      return phase;
    },
    get account() {
      return vault?.account ?? null;
    },
    get isPhraseSaved() {
      return vault?.isPhraseSaved ?? false;
    },
    get locks() {
      return vault && lockSettingsOf(vault);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    start() {
      tabLock.start({ onHeld: hold, onLost: yieldToOther });
      return arrival.promise;
    },
    useHere() {
      const earlier = arrival;
      arrival = newArrival();
      arrival.promise.then(earlier.resolve, earlier.reject);
      tabLock.take();
      return arrival.promise;
    },
    dismissErased() {
      if (phase !== "erased") return;
      marker.clear();
      become("none", null);
    },

    handleAvailability: (handle) => handleAvailability(handle, api),
    draftPrimary: () => enrolment.draftPrimary(),
    create: (input) => inTurn(() => bringIn(() => enrolment.create(input))),
    findByPhrase: (phrase) => enrolment.findByPhrase(phrase),
    restore: (input) => inTurn(() => bringIn(() => enrolment.restore(input))),

    unlock: (passphrase) =>
      inTurn(async () => {
        if (phase !== "locked" || !vault) return;
        if (isTooShort(passphrase)) throw new UserError("wrong_passphrase");
        const locked = vault;
        const opening = () => openByPassphrase(locked, { passphrase, ...deps });
        await enter(await guard.attempt(opening));
        refreshHome().catch(onFault);
      }),
    unlockByBiometrics: (key) =>
      inTurn(async () => {
        if (phase !== "locked" || !vault) return;
        await enter(await openByBiometrics(vault, { ...key, ...deps }));
        refreshHome().catch(onFault);
      }),
    changeLocks: (change) =>
      inTurn(async () => {
        if (phase !== "unlocked" || !vault || !secrets) throw new Error("No account is open.");
        const { revision } = vault;
        const { changeLocks } = await loadChanges();
        const changed = await changeLocks(vault, { change, secrets });
        if (changed === vault) return;
        const now = { vault: changed, nowMs: deps.nowMs() };
        const deviceCopy = changed.asksAtStart ? null : await sealDeviceCopy(secrets, now);
        await storage.changeLocks({ vault: changed, deviceCopy }, { revision });
        become(phase, changed);
      }),
    lock: () =>
      inTurn(async () => {
        if (phase !== "unlocked") return;
        try {
          // Before anything that can fail or be cut short: it opens without a passphrase.
          await storage.deleteDeviceCopy();
        } finally {
          // Screens close first: what they show is about to stop.
          become("locked", vault);
          await leave();
        }
      }),
    async revealPhrase(passphrase) {
      if (isTooShort(passphrase)) throw new UserError("wrong_passphrase");
      // From the disk: it is asked for in a tab that does not lead, too.
      const kept = await storage.vault();
      if (!kept) throw new Error("There is no account.");
      const phrase = await guard.attempt(() => openPhrase(kept, { passphrase, deriveKey }));
      return phrase.split(" ");
    },
    markPhraseSaved: () =>
      inTurn(async () => {
        if (!vault || vault.isPhraseSaved) return;
        const saved = await remember({ isPhraseSaved: true });
        if (saved) become(phase, saved);
      }),
    keepOpen: () =>
      inTurn(async () => {
        if (phase !== "unlocked" || !vault || !secrets || vault.asksAtStart) return;
        await storage.renewDeviceCopy(
          await sealDeviceCopy(secrets, { vault, nowMs: deps.nowMs() }),
        );
      }),
    deleteAccount: () =>
      inTurn(async () => {
        // It was asked for before, and done.
        if (phase === "none") return;
        if (!vault || !secrets) throw new Error("No account is open.");
        await deps.releaseAccount(vault.account, secrets);
        await eraseAll();
      }),
    signOut: () => inTurn(eraseAll),
  };
}

/** Few ever change what opens their account. */
async function loadChanges() {
  try {
    return await import("./lock_changes.ts");
  } catch (cause) {
    throw new UserError("no_network", { cause });
  }
}

function newArrival(): PromiseWithResolvers<void> {
  const arrival = Promise.withResolvers<void>();
  // A start that fails with nobody waiting is told by onFault.
  arrival.promise.catch(() => undefined);
  return arrival;
}

function ignoreUserError(error: unknown): null {
  if (error instanceof UserError) return null;
  throw error;
}

/** Another tab has the lead by now, or this one is given it once more: it begins anew then. */
function isPassing(error: unknown): boolean {
  return error instanceof OtherWriterError;
}
