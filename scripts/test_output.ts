/** Counts of one run. */
export interface Counts {
  passed: number;
  failed: number;
}

/** How long one test took. */
export interface Duration {
  /** As it was printed: `./tests/unit/x_test.ts`. */
  file: string;
  name: string;
  ms: number;
}

const UNIT_MS: Record<string, number> = { m: 60_000, s: 1_000, ms: 1, µs: 0.001 };

/**
 * Reads the counts from what `deno test` printed without colours; null where it did not come to its end.
 */
export function parseCounts(output: string): Counts | null {
  const summaries = [
    ...output.matchAll(/^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm),
  ];
  const last = summaries.at(-1);
  return last ? { passed: Number(last[1]), failed: Number(last[2]) } : null;
}

/** Reads how long each test took from what `deno test` printed without colours; steps are part of their test. */
export function parseDurations(output: string): Duration[] {
  const durations: Duration[] = [];
  let file = "";
  for (const line of output.split("\n")) {
    file = /^running \d+ tests? from (\S+)$/.exec(line)?.[1] ?? file;
    const [, name, took] = /^(\S.*) \.\.\. .*\(([\dmsµ]+)\)$/.exec(line) ?? [];
    if (name && took) durations.push({ file, name, ms: parseMs(took) });
  }
  return durations;
}

/** `1m40s`, `12s`, `302ms` or `26µs`. */
function parseMs(text: string): number {
  const parts = [...text.matchAll(/(\d+)(ms|µs|s|m)/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!, 0);
}
