/**
 * The check, then every test, browsers included. The last line is `N passed, N failed`, alone and plain.
 *
 *   deno task test                   everything
 *   deno task test tests/relay       the check, and the tests below a path
 *
 * A failed step of the check counts as one failed test.
 */
import { join } from "node:path";
import { buildClientIfStale, ROOT } from "./build_client.ts";
import { check } from "./check.ts";

/** Machines that build the project stop after 20 minutes; a test that hangs should be told before. */
const MAX_TEST_MS = 15 * 60 * 1000;

/** Counts of one run. */
export interface Counts {
  passed: number;
  failed: number;
}

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

async function runTests(paths: string[]): Promise<Counts> {
  const child = new Deno.Command(Deno.execPath(), {
    // The check has seen the types already.
    args: ["test", "--quiet", "-A", "--no-check", ...(paths.length > 0 ? paths : ["tests"])],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    console.log(`The tests did not end within ${MAX_TEST_MS / 60_000} minutes.`);
    child.kill("SIGKILL");
  }, MAX_TEST_MS);
  const [output, status] = await Promise.all([echo(child.stdout), child.status]);
  clearTimeout(timer);
  const counts = parseCounts(output) ?? { passed: 0, failed: 0 };
  const failed = status.success ? counts.failed : Math.max(1, counts.failed);
  return { passed: counts.passed, failed };
}

async function echo(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    await Deno.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

async function buildClient(): Promise<number> {
  try {
    await buildClientIfStale({
      root: ROOT,
      outDir: join(ROOT, "dist/client"),
      development: false,
    });
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // esbuild has printed each fault with its place; the first line sums up.
    console.error(error.message.split("\n")[0]);
    return 1;
  }
}

if (import.meta.main) {
  const failedSteps = (await check()).length + await buildClient();
  const tests = await runTests(Deno.args);
  const failed = failedSteps + tests.failed;
  console.log(`\n${tests.passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
