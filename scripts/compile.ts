/** Builds the executable `kez-chat`, with the web client inside: `deno task compile --help`. */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./build_client.ts";
import { buildExecutable, ExecutableFault } from "./executable/build_executable.ts";
import {
  executableName,
  ownTarget,
  parseTarget,
  type Target,
  TARGETS,
} from "./executable/targets.ts";

const HELP = `Builds the executable kez-chat, with the web client inside.

  deno task compile                         dist/kez-chat, for this machine
  deno task compile --target linux-arm64    dist/linux-arm64/kez-chat
  deno task compile --output FILE           where the file goes

Targets: ${Object.keys(TARGETS).join(", ")}.
COMPILE_DENO names another Deno to compile with, DENORT_BIN a file of Deno's runtime where it
cannot be downloaded.`;

/** Null where help was asked for. */
function readArguments(args: string[]): { target: Target; output: string } | null {
  const { values } = parseArgs({
    args,
    options: {
      target: { type: "string" },
      output: { type: "string", short: "o" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return null;
  const target = values.target === undefined ? ownTarget() : parseTarget(values.target);
  if (target === null) {
    throw new ExecutableFault(`--target is one of ${Object.keys(TARGETS).join(", ")}`);
  }
  const isForeign = target !== ownTarget();
  const folder = isForeign ? `dist/${target}` : "dist";
  const output = resolve(values.output ?? join(ROOT, folder, executableName(target)));
  return { target, output };
}

async function main(): Promise<void> {
  const asked = readArguments(Deno.args);
  if (asked === null) return console.log(HELP);
  const { target, output } = asked;
  const deno = Deno.env.get("COMPILE_DENO") || Deno.execPath();
  const { sizeBytes, commit } = await buildExecutable({ root: ROOT, deno, target, output });
  const megabytes = (sizeBytes / 1e6).toFixed(1);
  console.log(`${output}  ${megabytes} MB, ${target}, ${commit ?? "of no known commit"}`);
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`compile: ${error.message.split("\n")[0]}`);
    Deno.exit(1);
  }
}
