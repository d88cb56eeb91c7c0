import type { SessionSecrets } from "../../protocol/identity.ts";
import type { SerialQueue } from "../serial_queue.ts";
import type { OpenedAccount } from "./opened_account.ts";
import type { Account, Session } from "./session.ts";
import type { SessionState } from "./session_state.ts";
import type { VaultStorage } from "./vault_storage.ts";

export interface ClosingDeps {
  storage: VaultStorage;
  /** Gives the account up on the home server. */
  releaseAccount: (account: Account, secrets: SessionSecrets) => Promise<void>;
  /** Erases what this origin keeps outside the database. */
  eraseOrigin: () => Promise<void>;
}

/** How an account is closed, and how it leaves this device. */
export function createClosing(
  { state, queue, opened, storage, releaseAccount, eraseOrigin, onErased }: ClosingDeps & {
    state: SessionState;
    queue: SerialQueue;
    opened: OpenedAccount;
    /** Called once nothing is left, before the phase becomes `none`. */
    onErased: () => void;
  },
): Pick<Session, "lock" | "deleteAccount" | "signOut"> {
  async function eraseAll(): Promise<void> {
    const { vault } = state;
    state.become("starting", vault);
    try {
      await opened.leave();
      await storage.erase();
      await eraseOrigin();
    } catch (error) {
      state.become(vault ? "locked" : "none", vault);
      throw error;
    }
    onErased();
    state.become("none", null);
  }

  return {
    lock: () =>
      queue.run(async () => {
        if (state.phase !== "unlocked") return;
        try {
          // Before anything that can fail or be cut short: it opens without a passphrase.
          await storage.deleteDeviceCopy();
        } finally {
          // Screens close first: what they show is about to stop.
          state.become("locked", state.vault);
          await opened.leave();
        }
      }),
    deleteAccount: () =>
      queue.run(async () => {
        // It was asked for before, and done.
        if (state.phase === "none") return;
        const { secrets } = opened;
        if (!state.vault || !secrets) throw new Error("No account is open.");
        await releaseAccount(state.vault.account, secrets);
        await eraseAll();
      }),
    signOut: () => queue.run(eraseAll),
  };
}
