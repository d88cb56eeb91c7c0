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
  /**
   * Sends what was typed. On disk it stays a draft until it is there as a message, and goes then, whoever looks at the thread;
   * a composer does not begin with it meanwhile.
   */
  send(primary: string, send: () => Promise<void>): Promise<void>;
  /** Writes down whatever is not yet, once what is being sent is so. Never rejects. */
  flush(): Promise<void>;
}

/** So much typing is written down at once. */
const DELAY_MS = 300;
/** Four times what a message can hold. */
const MAX_CHARS = 128 * 1024;

/** Drafts in their conversations. */
export function createDrafts(
  { ledger, environment, onFault }: {
    ledger: Pick<Ledger, "conversation" | "write" | "commit">;
    environment: Pick<RelayEnvironment, "setTimer">;
    onFault(error: unknown): void;
  },
): Drafts {
  const timers = createNamedTimers(environment);
  const unwritten = new Map<string, string>();
  /** The last send of a conversation, while it is under way and nothing was typed since. */
  const leaving = new Map<string, Promise<void>>();

  const last = (primary: string): string =>
    unwritten.get(primary) ?? ledger.conversation(primary)?.draft ?? "";

  async function write(primary: string): Promise<void> {
    timers.cancel(primary);
    try {
      await ledger.write(async () => {
        const draft = last(primary);
        const conversation = ledger.conversation(primary);
        if (conversation && conversation.draft !== draft) {
          await ledger.commit([{ put: "conversation", conversation: { ...conversation, draft } }]);
        }
        // Else more has been typed meanwhile.
        if (last(primary) === draft) unwritten.delete(primary);
      });
    } catch (error) {
      // The words are still on the screen.
      if (!isUserError(error, "storage_failed")) onFault(error);
    }
  }

  return {
    set(primary, text) {
      leaving.delete(primary);
      unwritten.set(primary, text.slice(0, MAX_CHARS));
      if (text === "") return void write(primary);
      timers.set(primary, { delayMs: DELAY_MS, callback: () => void write(primary) });
    },
    of: (primary) => leaving.has(primary) ? "" : last(primary),
    async send(primary, send) {
      const sending = send();
      leaving.set(primary, sending);
      const isLast = () => leaving.get(primary) === sending;
      try {
        await sending;
        if (!isLast()) return;
        unwritten.set(primary, "");
        await write(primary);
      } finally {
        if (isLast()) leaving.delete(primary);
      }
    },
    async flush() {
      await Promise.allSettled(leaving.values());
      await Promise.all([...unwritten.keys()].map(write));
    },
  };
}
