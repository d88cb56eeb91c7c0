import type { SessionSecrets } from "../../protocol/identity.ts";
import type { SerialQueue } from "../serial_queue.ts";
import { OtherWriterError } from "../storage/other_writer_error.ts";
import type { OpenedVault } from "./opening.ts";
import { wipeSecrets } from "./secret_bytes.ts";
import type { Account, UnlockedAccount } from "./session.ts";
import type { SessionState } from "./session_state.ts";
import type { Vault } from "./vault.ts";
import type { VaultStorage } from "./vault_storage.ts";

/** The account while it is open: it alone holds the secrets, and wipes them. Its methods are steps of the session. */
export interface OpenedAccount {
  /** Null while the account is closed. */
  readonly secrets: SessionSecrets | null;
  /** Opens everything that needs the account; the phase is `unlocked` then, or `locked` where that fails. */
  enter(opened: OpenedVault): Promise<void>;
  /** Opens everything afresh for a vault that has changed. */
  enterAgain(vault: Vault): Promise<void>;
  /** Closes everything, and wipes the secrets. */
  leave(): Promise<void>;
  /**
   * Keeps a change of the vault.
   *
   * @returns null where another tab has erased the account meanwhile, which is about to be heard of
   */
  remember(changes: VaultChanges): Promise<Vault | null>;
}

type VaultChanges = Partial<Pick<Vault, "account" | "isRestored" | "isPhraseSaved">>;

export interface OpenedAccountDeps {
  storage: VaultStorage;
  /** Awaited before the phase becomes `unlocked`. */
  onUnlocked: (unlocked: UnlockedAccount) => Promise<void>;
  /** Awaited before the secrets are wiped; the phase has changed by then. */
  onLocked: () => Promise<void>;
  /** For what fails without anybody waiting for it. */
  onFault: (error: unknown) => void;
}

/** An account that is closed. */
export function createOpenedAccount(
  { state, queue, storage, onUnlocked, onLocked, onFault }: OpenedAccountDeps & {
    state: SessionState;
    queue: SerialQueue;
  },
): OpenedAccount {
  let secrets: SessionSecrets | null = null;

  async function enter(opened: OpenedVault): Promise<void> {
    const { account, isRestored } = opened.vault;
    secrets = opened.secrets;
    try {
      const onCaughtUp = () => void queue.run(() => rememberReading(account)).catch(onFault);
      await onUnlocked({ account, secrets, isRestored, onCaughtUp });
    } catch (error) {
      await leave();
      if (!isPassing(error)) state.become("locked", opened.vault);
      throw error;
    }
    state.become("unlocked", opened.vault);
  }

  async function leave(): Promise<void> {
    if (!secrets) return;
    try {
      await onLocked();
    } finally {
      wipeSecrets(secrets);
      secrets = null;
    }
  }

  async function remember(changes: VaultChanges): Promise<Vault | null> {
    const { vault } = state;
    if (!vault) return null;
    const change = (known: Vault) => ({ ...known, ...changes });
    if (!await storage.changeVault(vault.account.primary, change)) return null;
    const changed = change(vault);
    state.keep(changed);
    return changed;
  }

  async function rememberReading(account: Account): Promise<void> {
    const { vault } = state;
    if (vault?.isRestored && vault.account === account) await remember({ isRestored: false });
  }

  return {
    get secrets() {
      return secrets;
    },
    enter,
    async enterAgain(vault) {
      if (!secrets) throw new Error("No account is open.");
      // Screens of the old connection close.
      state.become("starting", vault);
      await onLocked();
      await enter({ vault, secrets });
    },
    leave,
    remember,
  };
}

/** Another tab has the lead by now, or this one is given it once more: it begins anew then. */
export function isPassing(error: unknown): boolean {
  return error instanceof OtherWriterError;
}
