import * as esbuild from "esbuild";
import { createHash } from "node:crypto";
import { join, relative, sep } from "node:path";
import type { Shell } from "../../client/offline/shell.ts";
import { exists, listFiles } from "./files.ts";
import { SERVICE_WORKER } from "./workers.ts";

/**
 * Builds the service worker into the root of a folder that holds the rest of the client, all of which it names with its
 * digests. So it changes with each change of anything, and browsers take up the whole build or nothing of it.
 *
 * @returns paths of everything that was bundled, from the project's folder
 */
export async function buildServiceWorker(
  { root, outDir, development }: { root: string; outDir: string; development: boolean },
): Promise<string[]> {
  const entry = join(root, "client", SERVICE_WORKER);
  if (!await exists(entry)) return [];
  const shell = development ? null : await readShell(outDir);
  try {
    const { metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [entry],
      bundle: true,
      format: "iife",
      target: "es2022",
      minify: !development,
      legalComments: "none",
      outfile: join(outDir, SERVICE_WORKER.replace(/\.ts$/, ".js")),
      define: { BUILT_SHELL: JSON.stringify(shell) },
      metafile: true,
      logLevel: "warning",
    });
    return Object.keys(metafile.inputs);
  } finally {
    await esbuild.stop();
  }
}

/** Names every file of a built folder, with its digest as Subresource Integrity writes it. */
async function readShell(dir: string): Promise<Shell> {
  const files: Record<string, string> = {};
  for (const path of await listFiles(dir)) {
    const digest = createHash("sha256").update(await Deno.readFile(path)).digest("base64");
    files[`/${relative(dir, path).replaceAll(sep, "/")}`] = `sha256-${digest}`;
  }
  const version = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
  return { version, files };
}
