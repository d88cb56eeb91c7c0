/**
 * The check, then every test, browsers included. At its end it names the slowest tests; the last line is `N passed, N failed`,
 * alone and plain.
 *
 *   deno task test                   everything
 *   deno task test tests/relay       the check, and the tests below a path
 *
 * A failed step of the check counts as one failed test.
 */
import { join } from "node:path";
import { buildClientIfStale, ROOT } from "./build_client.ts";
import { check } from "./check.ts";
import { type Counts, type Duration, parseCounts, parseDurations } from "./test_output.ts";

/** Machines that build the project stop after 20 minutes; a test that hangs should be told before. */
const MAX_TEST_MS = 19 * 60 * 1000;

/** Groups of tests in browsers; as many as keep both of two processes busy to the end. */
const BROWSER_GROUPS = 18;
const PROCESSES = 2;

const SLOWEST = 10;

interface Results extends Counts {
  durations: Duration[];
}

/** Has a task of its own: it needs a program that takes long to build. */
const APART = "remote_kv";

/** So many groups in browsers take as long as the others beside the units. */
const BESIDE_OTHERS = 4;

/**
 * The paths of a whole run, in groups that can be run beside each other. Units and the others wait much of the time: either has
 * browsers beside it, which take what it leaves of two cores.
 */
function allGroups(): string[][] {
  const below = (folder: string) => [...Deno.readDirSync(join(ROOT, folder))];
  const others = below("tests")
    .filter(({ name, isDirectory }) => isDirectory && !["e2e", "unit", APART].includes(name))
    .map(({ name }) => `tests/${name}`);
  const browsers: string[][] = Array.from({ length: BROWSER_GROUPS }, () => []);
  below("tests/e2e").filter(({ name }) => name.endsWith("_test.ts"))
    .map(({ name }) => `tests/e2e/${name}`)
    .map((path) => ({ path, bytes: Deno.statSync(join(ROOT, path)).size }))
    // The larger first, which take longer: so no process waits long for the other at the end.
    .sort((a, b) => b.bytes - a.bytes)
    .forEach(({ path }, i) => browsers[i % BROWSER_GROUPS]!.push(path));
  const besideOthers = browsers.splice(0, BESIDE_OTHERS);
  return [others.sort(), ...besideOthers, ["tests/unit"], ...browsers];
}

/** Runs groups of paths, some at a time. */
async function runGroups(groups: string[][]): Promise<Results> {
  const waiting = [...groups];
  const total: Results = { passed: 0, failed: 0, durations: [] };
  const overAtMs = Date.now() + MAX_TEST_MS;
  const work = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) {
      const results = await runTests(group, Math.max(0, overAtMs - Date.now()));
      total.passed += results.passed;
      total.failed += results.failed;
      total.durations.push(...results.durations);
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return total;
}

/** Runs the tests below some paths in a process of their own, and prints at its end what it said. */
async function runTests(paths: string[], maxMs: number): Promise<Results> {
  const child = new Deno.Command(Deno.execPath(), {
    // The check has seen the types already.
    args: ["test", "--quiet", "-A", "--no-check", ...paths],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    console.log(`The tests did not end within ${MAX_TEST_MS / 60_000} minutes: ${paths.join(" ")}`);
    child.kill("SIGKILL");
  }, maxMs);
  const [output, status] = await Promise.all([new Response(child.stdout).text(), child.status]);
  clearTimeout(timer);
  await Deno.stdout.write(new TextEncoder().encode(output));
  const counts = parseCounts(output) ?? { passed: 0, failed: 0 };
  const failed = status.success ? counts.failed : Math.max(1, counts.failed);
  return { passed: counts.passed, failed, durations: parseDurations(output) };
}

function printSlowest(durations: Duration[]): void {
  console.log("\nThe slowest:");
  for (const { ms, file, name } of durations.sort((a, b) => b.ms - a.ms).slice(0, SLOWEST)) {
    console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${file}  ${name}`);
  }
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
  const groups = Deno.args.length > 0 ? [Deno.args] : allGroups();
  const { passed, failed: failedTests, durations } = await runGroups(groups);
  printSlowest(durations);
  const failed = failedTests + failedSteps;
  console.log(`\n${passed} passed, ${failed} failed`);
  Deno.exit(failed === 0 ? 0 : 1);
}
