import { isUserError, UserError } from "../user_error.ts";
import { waitAfter } from "./attempts.ts";
import type { VaultStorage } from "./vault_storage.ts";

/**
 * Makes guessing slow for whoever sits at the device; over reloads and in all tabs. (Who copied the disk is slowed by
 * Argon2id alone.)
 */
export interface AttemptGuard {
  /**
   * Does what needs the passphrase. It is counted before, so that nothing cut short is forgotten.
   *
   * @throws UserError `rate_limited` with the seconds to wait, `storage_failed`, and what `step` throws; its
   * `wrong_passphrase` with the seconds to wait before the next, where there are any
   */
  attempt<T>(step: () => Promise<T>): Promise<T>;
}

export function createAttemptGuard(
  { storage, nowMs }: { storage: Pick<VaultStorage, "changeAttempts">; nowMs: () => number },
): AttemptGuard {
  /** Returns how long to wait; 0 where it may be tried now. */
  async function count(): Promise<number> {
    let waitMs = 0;
    await storage.changeAttempts((known) => {
      waitMs = waitAfter(known, nowMs());
      return waitMs > 0 ? known : { count: (known?.count ?? 0) + 1, lastAtMs: nowMs() };
    });
    return waitMs;
  }

  /** The wait begins when the answer is there, however long the try took. Returns how long it is. */
  async function countWrong(): Promise<number> {
    let waitMs = 0;
    await storage.changeAttempts((known) => {
      const wrong = known && { ...known, lastAtMs: nowMs() };
      waitMs = waitAfter(wrong, nowMs());
      return wrong;
    });
    return waitMs;
  }

  return {
    async attempt(step) {
      const waitMs = await count();
      if (waitMs > 0) throw new UserError("rate_limited", { detail: inSeconds(waitMs) });
      try {
        const result = await step();
        await storage.changeAttempts(() => null);
        return result;
      } catch (error) {
        if (isUserError(error, "wrong_passphrase")) {
          const nextMs = await countWrong();
          if (nextMs === 0) throw error;
          throw new UserError("wrong_passphrase", { detail: inSeconds(nextMs), cause: error });
        }
        await storage.changeAttempts((known) => known && { ...known, count: known.count - 1 });
        throw error;
      }
    },
  };
}

function inSeconds(ms: number): string {
  return String(Math.ceil(ms / 1000));
}
