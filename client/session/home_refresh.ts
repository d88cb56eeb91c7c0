import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import type { Api } from "../api.ts";
import { loaded } from "../loaded.ts";
import type { SerialQueue } from "../serial_queue.ts";
import { ignoreUserError } from "../user_error.ts";
import type { OpenedAccount } from "./opened_account.ts";
import type { Account } from "./session.ts";
import type { SessionState } from "./session_state.ts";

/**
 * Makes what asks the home server after an unlock what it is today: its name and its relay may be others than at the
 * creation. Then the account moves, and everything is opened afresh. Where nobody can say, all stays as it is.
 */
export function createHomeRefresh(
  { state, queue, opened, api, ...deps }: {
    state: SessionState;
    queue: SerialQueue;
    opened: OpenedAccount;
    api: Api;
    verifyEd25519: VerifyEd25519;
    nowMs: () => number;
    random: (bytes: number) => Uint8Array;
  },
): () => Promise<void> {
  /** Null where nobody can say. */
  async function todaysAccount(account: Account): Promise<Account | null> {
    const config = await api.config();
    const isSameServer = config.server === account.server;
    if (isSameServer && config.relayUrl === account.homeRelay) return account;
    const found = await api.lookUpPrimary(account.primary);
    if (isSameServer) return { ...account, homeRelay: found?.relays[0] ?? config.relayUrl };
    const { secrets } = opened;
    if (!found || !secrets) return null;
    const { followRename } = await loaded(import("./renamed_server.ts"));
    return await followRename(account, { config, found, secrets, api, ...deps });
  }

  return async () => {
    const before = state.vault?.account;
    const today = before && await todaysAccount(before).catch(ignoreUserError);
    await queue.run(async () => {
      if (!today || state.phase !== "unlocked" || state.vault?.account !== before) return;
      if (today.server === before.server && today.homeRelay === before.homeRelay) return;
      // It may hold mail that the old one never had.
      const moved = await opened.remember({ isRestored: true, account: today });
      if (moved) await opened.enterAgain(moved);
    });
  };
}
