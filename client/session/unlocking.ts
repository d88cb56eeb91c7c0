import type { SerialQueue } from "../serial_queue.ts";
import { loaded } from "../loaded.ts";
import { UserError } from "../user_error.ts";
import type { DeriveKey } from "./argon2.ts";
import type { AttemptGuard } from "./attempt_guard.ts";
import { sealDeviceCopy } from "./device_key.ts";
import type { OpenedAccount } from "./opened_account.ts";
import { openByBiometrics, openByPassphrase } from "./opening.ts";
import { isTooShort } from "./passphrase_strength.ts";
import type { Session } from "./session.ts";
import type { SessionState } from "./session_state.ts";
import { openPhrase } from "./vault.ts";
import type { VaultStorage } from "./vault_storage.ts";

/** The ways to open the account that is here, and what changes them. */
export function createUnlocking(
  { state, queue, opened, guard, storage, deriveKey, nowMs, refreshHome }: {
    state: SessionState;
    queue: SerialQueue;
    opened: OpenedAccount;
    guard: AttemptGuard;
    storage: VaultStorage;
    deriveKey: DeriveKey;
    nowMs: () => number;
    /** Called after each opening. */
    refreshHome: () => void;
  },
): Pick<
  Session,
  "unlock" | "unlockByBiometrics" | "changeLocks" | "revealPhrase" | "markPhraseSaved" | "keepOpen"
> {
  const opening = { storage, nowMs };

  return {
    unlock: (passphrase) =>
      queue.run(async () => {
        const { phase, vault } = state;
        if (phase !== "locked" || !vault) return;
        if (isTooShort(passphrase)) throw new UserError("wrong_passphrase");
        const open = () => openByPassphrase(vault, { passphrase, deriveKey, ...opening });
        await opened.enter(await guard.attempt(open));
        refreshHome();
      }),
    unlockByBiometrics: (key) =>
      queue.run(async () => {
        const { phase, vault } = state;
        if (phase !== "locked" || !vault) return;
        await opened.enter(await openByBiometrics(vault, { ...key, ...opening }));
        refreshHome();
      }),
    changeLocks: (change) =>
      queue.run(async () => {
        const { phase, vault } = state;
        const { secrets } = opened;
        if (phase !== "unlocked" || !vault || !secrets) throw new Error("No account is open.");
        // Few ever change what opens their account.
        const { changeLocks } = await loaded(import("./lock_changes.ts"));
        const changed = await changeLocks(vault, { change, secrets });
        if (changed === vault) return;
        const now = { vault: changed, nowMs: nowMs() };
        const deviceCopy = changed.asksAtStart ? null : await sealDeviceCopy(secrets, now);
        await storage.changeLocks({ vault: changed, deviceCopy }, { revision: vault.revision });
        state.become(phase, changed);
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
      queue.run(async () => {
        if (!state.vault || state.vault.isPhraseSaved) return;
        const saved = await opened.remember({ isPhraseSaved: true });
        if (saved) state.become(state.phase, saved);
      }),
    keepOpen: () =>
      queue.run(async () => {
        const { phase, vault } = state;
        const { secrets } = opened;
        if (phase !== "unlocked" || !vault || !secrets || vault.asksAtStart) return;
        await storage.renewDeviceCopy(await sealDeviceCopy(secrets, { vault, nowMs: nowMs() }));
      }),
  };
}
