import { dirname, join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { buildClientIfStale } from "../build_client.ts";
import { listFiles } from "../client_build/files.ts";
import { NOTICES_FILE, noticesOf } from "../client_build/notices.ts";
import { EXECUTABLE_PERMISSIONS } from "../server_permissions.ts";
import { runToEnd } from "../subprocess.ts";
import { bundleServer } from "./bundle_server.ts";
import { readSourceState } from "./source_state.ts";
import { executableName, type Target, TARGETS } from "./targets.ts";

export interface ExecutableOptions {
  /** The project's folder. */
  root: string;
  /** The Deno that compiles; its version is that of the runtime inside. */
  deno: string;
  /** A file of Deno's runtime; without it that of DENORT_BIN, else it is downloaded. */
  denort?: string;
  target: Target;
  /** Where the executable goes; one that is there is replaced. */
  output: string;
}

/** An executable could not be built; the message is one line, for who builds. */
export class ExecutableFault extends Error {}

/** What was built. */
export interface Executable {
  sizeBytes: number;
  commit: string | null;
}

/** What lies in a folder that an executable is made of: `main.js`, everything else of the server's, and the client. */
export interface Program {
  /** Paths of the Workers' modules, relative to the folder. */
  workers: string[];
  commit: string | null;
}

/** Lays out what goes into an executable, with the time of the commit as that of every file. */
export async function layOutProgram(
  { root, programDir }: { root: string; programDir: string },
): Promise<Program> {
  const clientDir = join(root, "dist/client");
  await buildClientIfStale({ root, outDir: clientDir, development: false });
  const { commit, timeS } = await readSourceState(root);
  const { workers, inputs } = await bundleServer({ root, outDir: programDir, commit });
  const programClientDir = join(programDir, "dist/client");
  await copyFolder(clientDir, programClientDir);
  const notices = await noticesOf({ root, inputs, title: "In the server" });
  const runtime = await Deno.readTextFile(join(import.meta.dirname!, "runtime_notice.txt"));
  await Deno.writeTextFile(join(programClientDir, NOTICES_FILE), `\n${notices}\n${runtime}`, {
    append: true,
  });
  for (const path of await listFiles(programDir)) await Deno.utime(path, timeS, timeS);
  return { workers, commit };
}

/**
 * Builds the executable: the bundled server with the built client, in Deno's runtime, under the permissions of the
 * server. The same sources, name and Deno make the same bytes. (Specification page 8)
 *
 * @throws ExecutableFault where Deno cannot compile it
 */
export async function buildExecutable(
  { root, deno, denort, target, output }: ExecutableOptions,
): Promise<Executable> {
  const dir = join(root, "dist");
  await Deno.mkdir(dir, { recursive: true });
  const workDir = await Deno.makeTempDir({ dir, prefix: ".executable-" });
  try {
    const programDir = join(workDir, "program");
    const { workers, commit } = await layOutProgram({ root, programDir });
    // The name goes into the bytes: every build has the same one, whatever it is called afterwards.
    const built = join(workDir, executableName(target));
    await compile(deno, { denort, programDir, workers, target, built });
    await Deno.mkdir(dirname(output), { recursive: true });
    // Another file system may hold it, and one that runs cannot be written to.
    await Deno.copyFile(built, `${output}.new`);
    await Deno.rename(`${output}.new`, output);
    return { sizeBytes: (await Deno.stat(output)).size, commit };
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  for (const path of await listFiles(from)) {
    const target = to + path.slice(from.length);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(path, target);
  }
}

/** Without configuration, packages, the network, or a cache of compiled code, which would be written at every first run. */
const ALONE = ["config", "lock", "npm", "remote", "check", "code-cache"].map((name) =>
  `--no-${name}`
);
/** As `deno.json` has them. */
export const UNSTABLE_FLAGS: readonly string[] = project.unstable.map((name) =>
  `--unstable-${name}`
);

async function compile(
  deno: string,
  { denort, programDir, workers, target, built }: {
    denort?: string;
    programDir: string;
    workers: string[];
    target: Target;
    built: string;
  },
): Promise<void> {
  const includes = [...workers, "dist/client"].flatMap((path) => ["--include", path]);
  const where = ["--target", TARGETS[target], "--output", built];
  const flags = [...ALONE, ...UNSTABLE_FLAGS, ...EXECUTABLE_PERMISSIONS, ...includes, ...where];
  const args = ["compile", "--quiet", ...flags, "main.js"];
  const env: Record<string, string> = denort === undefined ? {} : { DENORT_BIN: denort };
  const { success, output } = await runToEnd(deno, { args, cwd: programDir, env });
  if (!success) throw new ExecutableFault(compileFault(output, target));
}

/** In one line, what Deno tells in many. */
export function compileFault(output: string, target: Target): string {
  const reasons = output.split("\n").map((line) => line.replace(/^(error:|\s*\d+:)\s*/, "").trim());
  if (output.includes("error sending request") || output.includes("Failed downloading")) {
    return `Deno's runtime for ${target} (denort) cannot be downloaded here; ` +
      "name a file of it, of the same version as the compiling Deno, in DENORT_BIN";
  }
  const reason = reasons.find((line) => /denort/.test(line)) ?? reasons.find((line) => line !== "");
  return `Deno could not compile: ${reason ?? "it does not say why"}`;
}
