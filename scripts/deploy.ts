/** Puts a new executable onto a server that scripts/install.sh installed: `deno task deploy --help`. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./build_client.ts";
import { exists } from "./client_build/files.ts";
import { buildExecutable } from "./executable/build_executable.ts";
import { executableName, parseTarget, TARGETS } from "./executable/targets.ts";

const OPTIONS = {
  target: { type: "string", default: "linux-x64" },
  executable: { type: "string" },
  path: { type: "string", default: "/usr/local/bin/kez-chat" },
  settings: { type: "string", default: "/etc/kez-chat/kez-chat.json" },
  service: { type: "string", default: "kez-chat.service" },
  help: { type: "boolean", short: "h" },
} as const;

const HELP = `Puts a new executable onto a server that scripts/install.sh installed, over ssh:
builds it, copies it, swaps it, asks whether it is well, and puts the old one back
where it is not.

  deno task deploy user@host                      builds for linux-x64
  deno task deploy user@host --target linux-arm64
  deno task deploy user@host --executable FILE    one that is built already

The user is root, or may use sudo without a password. What lies elsewhere than the
install script puts it:

  --path FILE       the executable (${OPTIONS.path.default})
  --settings FILE   its settings (${OPTIONS.settings.default})
  --service NAME    its unit (${OPTIONS.service.default})`;

/** What is said to whoever deploys, in one line. */
class DeployFault extends Error {}

interface Deployment {
  /** As ssh knows it. */
  host: string;
  /** The executable on this machine. */
  file: string;
  /** Where things lie on the other one. */
  path: string;
  settings: string;
  service: string;
}

/** Null where help was asked for. */
function readArguments(args: string[]) {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  if (values.help) return null;
  const [host, ...others] = positionals;
  if (host === undefined || others.length > 0) {
    throw new DeployFault("name one server: deno task deploy user@host");
  }
  // What begins with a dash would be a flag to ssh.
  if (!/^[\w.@:[\]-]+$/.test(host) || host.startsWith("-")) {
    throw new DeployFault(`"${host}" is not a server like user@host`);
  }
  for (const value of [values.path, values.settings, values.service]) {
    if (!/^[\w./@-]+$/.test(value)) throw new DeployFault(`"${value}" is not a plain path or name`);
  }
  return { host, ...values };
}

async function buildFor(name: string): Promise<string> {
  const target = parseTarget(name);
  if (target === null || !target.startsWith("linux")) {
    throw new DeployFault(`--target is one of ${Object.keys(TARGETS).filter(isLinux).join(", ")}`);
  }
  const output = join(ROOT, "dist", target, executableName(target));
  const deno = Deno.env.get("COMPILE_DENO") || Deno.execPath();
  await buildExecutable({ root: ROOT, deno, target, output });
  return output;
}

function isLinux(target: string): boolean {
  return target.startsWith("linux");
}

/**
 * Runs a program to its end.
 *
 * @returns what it wrote to standard output, where that is piped
 * @throws DeployFault where it fails; what it said stands on the terminal already
 */
async function run(
  command: string,
  args: string[],
  { input, stdout = "inherit" }: { input?: string; stdout?: "inherit" | "piped" } = {},
): Promise<string> {
  const stdin = input === undefined ? "null" : "piped";
  const child = new Deno.Command(command, { args, stdin, stdout, stderr: "inherit" }).spawn();
  if (input !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(input));
    await writer.close();
  }
  const said = stdout === "piped" ? await new Response(child.stdout).text() : "";
  const { success } = await child.status;
  if (!success) throw new DeployFault("nothing was deployed; see above");
  return said;
}

async function deploy({ host, file, path, settings, service }: Deployment): Promise<void> {
  const sha256 = createHash("sha256").update(await Deno.readFile(file)).digest("hex");
  // A folder that nobody else on that machine can look into or change.
  const folder = (await run("ssh", [host, "mktemp", "-d"], { stdout: "piped" })).trim();
  if (!/^[\w./-]+$/.test(folder)) throw new DeployFault(`ssh said "${folder}" for a new folder`);
  const uploaded = `${folder}/kez-chat`;
  // Half of a 100 MB executable is worth compressing.
  await timed("copied", () => run("scp", ["-q", "-C", file, `${host}:${uploaded}`]));
  const swap = await Deno.readTextFile(join(ROOT, "deploy/swap.sh"));
  const args = ["sh", "-s", uploaded, sha256, path, settings, service];
  await timed("swapped", () => run("ssh", [host, ...args], { input: swap }));
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  console.log(`${what} in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return result;
}

async function main(): Promise<void> {
  const asked = readArguments(Deno.args);
  if (asked === null) return console.log(HELP);
  const { host, executable, target, ...there } = asked;
  if (executable !== undefined && !await exists(executable)) {
    throw new DeployFault(`there is no ${executable}`);
  }
  const file = executable ?? await timed("built", () => buildFor(target));
  await deploy({ host, file, ...there });
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`deploy: ${error.message.split("\n")[0]}`);
    Deno.exit(1);
  }
}
