/**
 * Builds the web client from `client/` into `dist/client/`.
 *
 *   deno task build            builds if anything that the client is made of has changed
 *   deno task build --force    builds in any case
 *
 * What the client's sources may rely on:
 * - `client/boot.ts` is the entry; the styles that it imports, and every component's, become one style sheet.
 * - `client/index.html` is the page: see `client_build/html.ts` for its two replaced lines.
 * - A file whose name ends in `_worker.ts` is a worker. It is started by exactly
 *   `new Worker(new URL("./x_worker.ts", import.meta.url), { type: "module" })`, with double quotes; the URL may also be
 *   made first (for a Trusted Types policy). Workers are bundled on their own and cannot start workers.
 * - `client/service_worker.ts` is the service worker: it is built last, into the root, and knows every other file of the
 *   build as `BUILT_SHELL`; in development that is null.
 * - `import("./pages/X.svelte")` is loaded when it is needed: alone, or with all of the part that `client/parts.json` has it in.
 * - Everything in `client/public/` is copied to the root as it is.
 * - Imports that are only types say so (`import type`, `import { type X }`, `typeof import("./x.ts")`).
 */
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { exists, listFiles } from "./client_build/files.ts";
import { hashInputs, readStamp, removeStamp, writeStamp } from "./client_build/inputs.ts";
import { measureClient, printSizes } from "./client_build/sizes.ts";

/** The project's folder. */
export const ROOT = resolve(import.meta.dirname!, "..");

/** What to build from where, and how. */
export interface BuildOptions {
  root: string;
  outDir: string;
  /** Without minifying and compressing, with source maps and the script that reloads the page. */
  development: boolean;
}

/**
 * Builds unless the folder was made from the very same inputs.
 *
 * @returns true where it built
 */
export async function buildClientIfStale(options: BuildOptions): Promise<boolean> {
  const inputs = await hashInputs(options.root);
  if (await readStamp(options.outDir) === inputs) return false;
  await buildClient(options);
  await writeStamp(options.outDir, inputs);
  return true;
}

/**
 * Builds the client in a folder of its own, which takes the place of the old one only when it is complete.
 *
 * @throws Error that names file and line where a source is at fault, accessibility warnings included
 */
export async function buildClient({ root, outDir, development }: BuildOptions): Promise<void> {
  // Loaded only here, so that a start with a fresh client costs nothing.
  const { bundleClient } = await import("./client_build/bundle.ts");
  const { renderPage } = await import("./client_build/html.ts");
  const { noticesOf, NOTICES_FILE } = await import("./client_build/notices.ts");
  const { precompress } = await import("./client_build/precompress.ts");
  const { buildServiceWorker } = await import("./client_build/service_worker.ts");
  await Deno.mkdir(dirname(outDir), { recursive: true });
  const workDir = await Deno.makeTempDir({ dir: dirname(outDir), prefix: ".client-" });
  try {
    const bundle = await bundleClient({ root, assetsDir: join(workDir, "assets"), development });
    const template = await Deno.readTextFile(join(root, "client/index.html"));
    await Deno.writeTextFile(join(workDir, "index.html"), renderPage(template, bundle));
    await copyFiles(join(root, "client/public"), workDir);
    const inputs = await buildServiceWorker({ root, outDir: workDir, development });
    if (!development) await precompress(workDir);
    // Behind the service worker: no browser keeps it.
    const of = { root, inputs: [...bundle.inputs, ...inputs], title: "In the web app" };
    await Deno.writeTextFile(join(workDir, NOTICES_FILE), await noticesOf(of));
    await replaceFolder(outDir, workDir);
  } catch (error) {
    await Deno.remove(workDir, { recursive: true });
    throw error;
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  for (const path of await listFiles(from)) {
    const target = join(to, path.slice(from.length));
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(path, target);
  }
}

async function replaceFolder(outDir: string, built: string): Promise<void> {
  await Deno.chmod(built, 0o755);
  await removeStamp(outDir);
  const old = `${built}-old`;
  const hadOld = await exists(outDir);
  if (hadOld) await Deno.rename(outDir, old);
  await Deno.rename(built, outDir);
  if (hadOld) await Deno.remove(old, { recursive: true });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ args: Deno.args, options: { force: { type: "boolean" } } });
  const outDir = join(ROOT, "dist/client");
  const startedMs = performance.now();
  if (values.force) await removeStamp(outDir);
  const built = await buildClientIfStale({ root: ROOT, outDir, development: false });
  // Standard output belongs to the command that the build is for, such as `export`.
  if (!built) return console.error("The client is up to date.");
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.error(`Client built in ${seconds} s.`);
  printSizes(await measureClient(outDir));
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // esbuild has printed each fault with its place; the first line sums up.
    console.error(error.message.split("\n")[0]);
    Deno.exit(1);
  }
}
