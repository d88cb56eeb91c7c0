import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import { createNamedTimers } from "../../relays/named_timers.ts";
import { isUserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";

/** Words that were typed and not sent, kept over reloads. */
export interface Drafts {
  /** Writes them down a moment later; where none are left, at once. */
  set(primary: string, text: string): void;
  /** What a conversation's composer begins with. */
  of(primary: string): string;
  /** Writes down whatever is not yet. Never rejects. */
  flush(): Promise<void>;
}

/** So much typing is written down at once. */
const DELAY_MS = 300;
/** Four times what a message can hold. */
const MAX_CHARS = 128 * 1024;

/** Drafts in their conversations. */
export function createDrafts(
  { ledger, environment, onFault }: {
    ledger: Ledger;
    environment: Pick<RelayEnvironment, "setTimer">;
    onFault(error: unknown): void;
  },
): Drafts {
  const timers = createNamedTimers(environment);
  const unwritten = new Map<string, string>();

  async function write(primary: string): Promise<void> {
    timers.cancel(primary);
    try {
      await ledger.write(async () => {
        const draft = unwritten.get(primary);
        const conversation = ledger.conversation(primary);
        if (draft === undefined) return;
        unwritten.delete(primary);
        if (!conversation || conversation.draft === draft) return;
        await ledger.commit([{ put: "conversation", conversation: { ...conversation, draft } }]);
      });
    } catch (error) {
      // The words are still on the screen.
      if (!isUserError(error, "storage_failed")) onFault(error);
    }
  }

  return {
    set(primary, text) {
      unwritten.set(primary, text.slice(0, MAX_CHARS));
      if (text === "") return void write(primary);
      timers.set(primary, { delayMs: DELAY_MS, callback: () => void write(primary) });
    },
    of: (primary) => unwritten.get(primary) ?? ledger.conversation(primary)?.draft ?? "",
    async flush() {
      await Promise.all([...unwritten.keys()].map(write));
    },
  };
}
