import { waitMsOf } from "../../session/attempts.ts";
import { remainderOf } from "../../session/wait_remainder.ts";
import { errorText } from "../../text/error_text.ts";
import { explain } from "../explain.ts";

/** What is wrong with a passphrase, in words; a wait counts down in them. */
export interface PassphraseProblem {
  /** Null for nothing. */
  readonly text: string | null;
  /** A wait that a wrong passphrase brought has ended. */
  readonly isWaitOver: boolean;
  show(error: unknown): void;
  /** The words have been read. */
  hide(): void;
  /** It is tried again. */
  clear(): void;
}

const TICK_MS = 1_000;

/** For the component that calls it, as long as that is there. */
export function createPassphraseProblem(): PassphraseProblem {
  let shown = $state.raw<{ error: unknown; sinceMs: number } | null>(null);
  let isHidden = $state(false);
  let nowMs = $state(0);
  const left = $derived(shown && remainderOf(shown.error, nowMs - shown.sinceMs));
  const isWaiting = $derived(left !== null && waitMsOf(left) !== null);
  const text = $derived(left === null || isHidden ? null : errorText(left));

  $effect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => (nowMs = Date.now()), TICK_MS);
    return () => clearInterval(timer);
  });

  return {
    get text() {
      return text;
    },
    get isWaitOver() {
      return shown !== null && left === null;
    },
    show(error) {
      explain(error);
      nowMs = Date.now();
      shown = { error, sinceMs: nowMs };
      isHidden = false;
    },
    hide: () => (isHidden = true),
    clear: () => (shown = null),
  };
}
