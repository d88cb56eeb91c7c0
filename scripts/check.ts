/**
 * The gate: format, lint, types, components and the tree's shape. Prints every fault, and one line for each step.
 *
 *   deno task check
 */
import { join, relative } from "node:path";
import { runToEnd } from "./subprocess.ts";

const ROOT = join(import.meta.dirname!, "..");
/** `deno check` and `svelte-check` take a core and some hundred MB each. */
const STEPS_AT_ONCE = 2;

interface Step {
  name: string;
  args: string[];
  /** Shortens what the step says when it fails. */
  summarize?(output: string): string;
}

const STEPS: Step[] = [
  { name: "types", args: ["check", "--quiet", "."] },
  {
    name: "components",
    // To deno check a `.svelte` file is only the declaration in svelte's own types (deno.json: `types: ["svelte"]`, which
    // also declares the runes); svelte-check reads inside components, with client/tsconfig.json.
    args: [
      ...["run", "--quiet", "-A", "svelte-check", "--workspace", "client"],
      ...["--tsconfig", "./tsconfig.json", "--fail-on-warnings", "--output", "human"],
    ],
  },
  { name: "imports", args: ["run", "--quiet", "-A", "scripts/check_imports.ts"] },
  { name: "format", args: ["fmt", "--check"], summarize: listUnformatted },
  { name: "lint", args: ["lint", "--quiet"] },
];

function listUnformatted(output: string): string {
  const paths = [...output.matchAll(/^from (.+):$/gm)].map(([, path]) => relative(ROOT, path!));
  return paths.length === 0 ? output : `deno fmt ${paths.join(" ")}`;
}

/**
 * Runs every step, and prints what the failing ones said.
 *
 * @returns names of the steps that failed
 */
export async function check(): Promise<string[]> {
  const failed: string[] = [];
  const waiting = [...STEPS];
  const work = async (): Promise<void> => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const startedMs = performance.now();
      const { success, output } = await runToEnd(Deno.execPath(), { args: step.args, cwd: ROOT });
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      if (!success) {
        failed.push(step.name);
        console.log(`\n${(step.summarize?.(output) ?? output).trim()}\n`);
      }
      console.log(`${success ? "ok    " : "FAILED"} ${step.name.padEnd(10)} ${seconds} s`);
    }
  };
  await Promise.all(Array.from({ length: STEPS_AT_ONCE }, work));
  return failed;
}

if (import.meta.main) Deno.exit((await check()).length === 0 ? 0 : 1);
