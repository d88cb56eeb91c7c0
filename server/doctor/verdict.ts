import { faultReason } from "../fault_reason.ts";
import { printable } from "../log.ts";

/** What one look at the server came to. */
export interface Verdict {
  /** `warn` is worth a look; only `bad` makes the doctor's exit code 1. `skipped`: there is nothing to look at. */
  state: "ok" | "warn" | "bad" | "skipped";
  says: string;
  /** What to do; for `warn` and `bad`. */
  cure?: string;
}

/** One thing that is looked at. */
export interface Check {
  name: string;
  /** Ends with the signal. What it throws counts as `bad`. */
  run(signal: AbortSignal): Promise<Verdict>;
  /** What to do where it throws, by why it does, or takes too long. */
  cure: string | ((reason: string) => string);
}

export const ok = (says: string): Verdict => ({ state: "ok", says });
export const skipped = (says: string): Verdict => ({ state: "skipped", says });
export const warn = (says: string, cure: string): Verdict => ({ state: "warn", says, cure });
export const bad = (says: string, cure: string): Verdict => ({ state: "bad", says, cure });

/**
 * Looks at everything at once and prints the verdicts in order, each when it is known.
 *
 * @param timeoutMs what takes longer is bad
 * @returns the exit code
 */
export async function runChecks(
  checks: readonly Check[],
  { timeoutMs, print }: { timeoutMs: number; print(line: string): void },
): Promise<number> {
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const running = checks.map((check) => judge(check, timeoutMs));
  let exitCode = 0;
  for (const [i, verdict] of running.entries()) {
    const { state, says, cure } = await verdict;
    if (state === "bad") exitCode = 1;
    // It may quote what others have answered.
    print(`${state.padEnd(7)}  ${checks[i]!.name.padEnd(nameWidth)}  ${printable(says)}`);
    if (cure !== undefined) print(`${" ".repeat(9)}${" ".repeat(nameWidth)}  → ${cure}`);
  }
  return exitCode;
}

async function judge({ run, cure }: Check, timeoutMs: number): Promise<Verdict> {
  const end = new AbortController();
  const cureOf = (reason: string) => typeof cure === "string" ? cure : cure(reason);
  const late = Promise.withResolvers<Verdict>();
  const timer = setTimeout(() => {
    const reason = `no answer within ${timeoutMs / 1000} s`;
    late.resolve(bad(reason, cureOf(reason)));
    end.abort(new Error("it took too long"));
  }, timeoutMs);
  try {
    return await Promise.race([run(end.signal), late.promise]);
  } catch (error) {
    const reason = faultReason(error);
    return bad(reason, cureOf(reason));
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}
