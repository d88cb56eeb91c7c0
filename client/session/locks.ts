import { UserError } from "../user_error.ts";
import { type DeriveKey, freshParameters } from "./argon2.ts";
import type { AttemptGuard } from "./attempt_guard.ts";
import type { Authenticator } from "./biometric_box.ts";
import type { Biometrics, BiometricsMissing } from "./biometrics.ts";
import { isTooShort } from "./passphrase_strength.ts";
import type { Session } from "./session.ts";
import { passphraseKey, type Vault } from "./vault.ts";
import type { VaultStorage } from "./vault_storage.ts";

/** What a person changes about the opening of their account, while it is open. Methods throw UserError `storage_failed`. */
export interface Locks {
  /**
   * Puts everything under another passphrase.
   *
   * @throws UserError also `short_passphrase`, `wrong_passphrase`, `rate_limited` after several wrong ones
   */
  changePassphrase(input: { current: string; next: string }): Promise<void>;
  /**
   * For who forgot the one of now: the recovery phrase stays under that one.
   *
   * @throws UserError also `short_passphrase`
   */
  setNewPassphrase(next: string): Promise<void>;

  /** Null where biometrics can be set up. */
  biometricsMissing(): Promise<BiometricsMissing | null>;
  /**
   * Sets up an authenticator. With the first, every start asks from then on.
   *
   * @throws UserError also `biometrics_cancelled`, `biometrics_known`, `biometrics_keyless`
   */
  addBiometrics(): Promise<void>;
  removeBiometrics(authenticator: Authenticator): Promise<void>;
  /** @throws UserError also `biometrics_cancelled`, `biometrics_keyless`, `wrong_biometrics` */
  unlockByBiometrics(options?: { signal?: AbortSignal }): Promise<void>;
  /** Whether every start asks, so that nothing on the disk opens by itself; only with biometrics. */
  askAtStart(isOn: boolean): Promise<void>;
  /** Locks the account after so long without use; null for never. */
  lockAfter(afterMs: number | null): Promise<void>;
}

export interface LocksDeps {
  session: Pick<Session, "account" | "locks" | "changeLocks" | "unlockByBiometrics">;
  biometrics: Biometrics;
  storage: Pick<VaultStorage, "vault">;
  guard: AttemptGuard;
  deriveKey: DeriveKey;
  /** For what fails without anybody waiting for it. */
  onFault: (error: unknown) => void;
}

/** A passphrase stays in the tab in which it is typed: the one that leads is given keys which it cannot read. */
export function createLocks(
  { session, biometrics, storage, guard, deriveKey, onFault }: LocksDeps,
): Locks {
  async function kept(): Promise<Vault> {
    const vault = await storage.vault();
    if (!vault) throw new UserError("storage_failed");
    return vault;
  }

  const nextKey = ({ argon2 }: Vault, passphrase: string) =>
    passphraseKey(freshParameters(argon2), { passphrase, deriveKey });

  return {
    async changePassphrase({ current, next }) {
      if (isTooShort(next)) throw new UserError("short_passphrase");
      if (isTooShort(current)) throw new UserError("wrong_passphrase");
      const vault = await kept();
      await guard.attempt(async () => {
        const { key } = await passphraseKey(vault.argon2, { passphrase: current, deriveKey });
        const change = { current: key, next: await nextKey(vault, next) };
        await session.changeLocks({ type: "passphrase", ...change });
      });
    },
    async setNewPassphrase(next) {
      if (isTooShort(next)) throw new UserError("short_passphrase");
      const key = await nextKey(await kept(), next);
      await session.changeLocks({ type: "passphrase", current: null, next: key });
    },

    biometricsMissing: () => biometrics.missing(),
    async addBiometrics() {
      const { account, locks } = session;
      if (!account || !locks) throw new Error("No account is open.");
      const enrolled = await biometrics.enrol(account, locks.authenticators);
      await session.changeLocks({ type: "add", ...enrolled });
    },
    async removeBiometrics(authenticator) {
      await session.changeLocks({ type: "remove", id: authenticator.id });
      biometrics.forget(authenticator).catch(onFault);
    },
    async unlockByBiometrics(options) {
      const known = session.locks?.authenticators ?? [];
      await session.unlockByBiometrics(await biometrics.ask(known, options));
    },
    askAtStart: (isOn) => session.changeLocks({ type: "ask_at_start", isOn }),
    lockAfter: (afterMs) => session.changeLocks({ type: "auto_lock", afterMs }),
  };
}
