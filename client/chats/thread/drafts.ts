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
  send(words: { primary: string; text: string }, send: () => Promise<void>): Promise<void>;
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
  /** What is being sent. */
  const leaving = new Map<string, string>();

  const last = (primary: string): string =>
    unwritten.get(primary) ?? ledger.conversation(primary)?.draft ?? "";

  /** Writes down what was typed last; nothing, where that is what has been sent. */
  async function write(primary: string, sent?: string): Promise<void> {
    timers.cancel(primary);
    try {
      await ledger.write(async () => {
        const typed = last(primary);
        const draft = typed === sent ? "" : typed;
        const conversation = ledger.conversation(primary);
        if (conversation && conversation.draft !== draft) {
          await ledger.commit([{ put: "conversation", conversation: { ...conversation, draft } }]);
        }
        // Else more has been typed meanwhile.
        if (last(primary) === typed) unwritten.delete(primary);
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
    of: (primary) => leaving.get(primary) === last(primary) ? "" : last(primary),
    async send({ primary, text }, send) {
      leaving.set(primary, text);
      try {
        await send();
        await write(primary, text);
      } finally {
        if (leaving.get(primary) === text) leaving.delete(primary);
      }
    },
    async flush() {
      await Promise.all([...unwritten.keys()].map((primary) => write(primary)));
    },
  };
}
