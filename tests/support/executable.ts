import { join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { buildExecutable } from "../../scripts/executable/build_executable.ts";
import { executableName, ownTarget } from "../../scripts/executable/targets.ts";
import { temporaryFolder } from "./command.ts";

/** Prints what to compile with on machines that cannot download Deno's runtime; it is no part of this project. */
const DENORT_SCRIPT = join(ROOT, "../shared/tools/denort");
const READ_SETTINGS = '[ -e "$0" ] && settings=$("$0") && eval "$settings" && ' +
  'printf "%s\\n" "$COMPILE_DENO" "$DENORT_BIN"';

/** What the tests compile with: a Deno, and a runtime that need not be downloaded. */
export interface Compiler {
  deno: string;
  denort: string;
}

/** Null where there is none; the tests of the executable are skipped then. */
export const COMPILER: Compiler | null = findCompiler();

function findCompiler(): Compiler | null {
  const denort = Deno.env.get("DENORT_BIN");
  if (denort) return { deno: Deno.env.get("COMPILE_DENO") ?? Deno.execPath(), denort };
  if (ownTarget() !== "linux-x64") return null;
  const read = new Deno.Command("bash", { args: ["-c", READ_SETTINGS, DENORT_SCRIPT] });
  const { success, stdout } = read.outputSync();
  const [deno, found] = new TextDecoder().decode(stdout).split("\n");
  return success && deno && found ? { deno, denort: found } : null;
}

/** An executable in a folder of its own, which is gone with it. */
export interface TestExecutable extends AsyncDisposable {
  path: string;
}

/** Builds the executable of the sources in a folder: `await using executable = await buildTestExecutable()`. */
export async function buildTestExecutable(root = ROOT): Promise<TestExecutable> {
  if (COMPILER === null) throw new Error("There is no runtime to compile with.");
  const folder = await temporaryFolder();
  const target = ownTarget()!;
  const path = join(folder.path, executableName(target));
  await buildExecutable({ root, ...COMPILER, target, output: path });
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
