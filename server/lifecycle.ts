import { errorText, type Log } from "./log.ts";

/** One step of stopping. */
export interface StopStep {
  name: string;
  /** After this the next step begins, whether this one has ended or not. */
  timeoutMs: number;
  run(): void | Promise<void>;
}

/**
 * Runs groups of steps: the groups one after another, the steps of a group side by side. A step that fails
 * or takes too long is logged and holds up nothing.
 */
export async function runStopSteps(
  groups: readonly (readonly StopStep[])[],
  log: Log,
): Promise<void> {
  for (const group of groups) await Promise.all(group.map((step) => runStep(step, log)));
}

async function runStep({ name, timeoutMs, run }: StopStep, log: Log): Promise<void> {
  const timeout = Promise.withResolvers<"late">();
  const timer = setTimeout(() => timeout.resolve("late"), timeoutMs);
  try {
    const outcome = await Promise.race([Promise.resolve().then(run), timeout.promise]);
    if (outcome === "late") log.warn("a step of stopping took too long", { step: name, timeoutMs });
  } catch (error) {
    log.warn("a step of stopping failed", { step: name, reason: errorText(error) });
  } finally {
    clearTimeout(timer);
  }
}

/** What a signal to end means. */
export type SignalMeaning = "drain" | "ignore" | "exit";

/** A signal to a process group can arrive twice; only one this much later is meant as a second one. */
const SECOND_SIGNAL_AFTER_MS = 1_000;

/**
 * Tells what each signal means: the first one drains, one at least a second later ends the process at once, and
 * one in between is the same signal again. (Specification page 8)
 */
export function createSignalRule(nowMs: () => number): () => SignalMeaning {
  let firstAtMs: number | null = null;
  return () => {
    if (firstAtMs === null) {
      firstAtMs = nowMs();
      return "drain";
    }
    return nowMs() - firstAtMs >= SECOND_SIGNAL_AFTER_MS ? "exit" : "ignore";
  };
}
