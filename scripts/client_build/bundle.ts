import * as esbuild from "esbuild";
import { basename, join, relative, resolve } from "node:path";
import { listFiles } from "./files.ts";
import { gatherImports, type Parts, partsPlugin, readParts } from "./parts.ts";
import { sveltePlugin } from "./svelte_plugin.ts";
import { isWorkerEntry, rewriteWorkerUrls, type WorkerNames } from "./workers.ts";

/** Where esbuild reads and writes, and in which mode. */
export interface BundleOptions {
  /** The project's folder, which holds `client/`. */
  root: string;
  /** The folder of the hashed files. */
  assetsDir: string;
  development: boolean;
}

/** File names inside the assets folder. */
export interface Bundle {
  entry: string;
  styles: string | null;
  /** Scripts that the entry imports at once, nearest first; the browser would find them one trip later. */
  preloads: string[];
  /** Development only: the script that reloads the page after a rebuild. */
  reload: string | null;
  /** Paths of everything that was bundled, from the project's folder. */
  inputs: string[];
}

/** Bundles the client's entry and its workers into hashed files. */
export async function bundleClient(options: BundleOptions): Promise<Bundle> {
  try {
    // Workers first: their names are part of the entry's text, and so of its hash.
    const { workers, inputs } = await bundleWorkers(options);
    const bundle = await bundleEntry(options, workers);
    return { ...bundle, inputs: [...inputs, ...bundle.inputs] };
  } finally {
    await esbuild.stop();
  }
}

async function bundleWorkers(
  options: BundleOptions,
): Promise<{ workers: WorkerNames; inputs: string[] }> {
  const files = await listFiles(join(options.root, "client"));
  const entryPoints = files.filter(isWorkerEntry);
  if (entryPoints.length === 0) return { workers: new Map(), inputs: [] };
  const { outputs, inputs } = await run(options, { entryPoints, workers: new Map(), parts: {} });
  const workers = new Map(
    outputs.filter(({ source }) => source !== null && isWorkerEntry(source)).map((
      { name, source },
    ) => [resolve(options.root, source!), name]),
  );
  return { workers, inputs };
}

async function bundleEntry(options: BundleOptions, workers: WorkerNames): Promise<Bundle> {
  const entryPoints = [join(options.root, "client/boot.ts")];
  const reloadScript = join(import.meta.dirname!, "reload_page.ts");
  if (options.development) entryPoints.push(reloadScript);
  const parts = await readParts(join(options.root, "client"));
  const { outputs, inputs } = await run(options, { entryPoints, workers, parts });
  const entry = outputs.find(({ source }) => source === "client/boot.ts");
  if (!entry) throw new Error("esbuild wrote no entry script.");
  await removeStrayStyles(options.assetsDir, outputs, entry.styles);
  const byName = new Map(outputs.map((output) => [output.name, output]));
  const preloads = new Set<string>();
  const visit = (output: Output | undefined): void => {
    for (const name of output?.imports ?? []) {
      if (preloads.has(name)) continue;
      preloads.add(name);
      visit(byName.get(name));
    }
  };
  visit(entry);
  return {
    entry: entry.name,
    styles: entry.styles,
    preloads: [...preloads],
    reload: outputs.find(({ source }) => source?.endsWith("reload_page.ts"))?.name ?? null,
    inputs,
  };
}

/** The entry's style sheet holds the styles of lazily loaded components too; esbuild's separate ones are never asked for. */
async function removeStrayStyles(
  assetsDir: string,
  outputs: Output[],
  styles: string | null,
): Promise<void> {
  const stray = outputs.filter(({ name }) => name.endsWith(".css") && name !== styles);
  await Promise.all(stray.map(({ name }) => Deno.remove(join(assetsDir, name))));
}

interface Output {
  name: string;
  /** Relative to the project's folder; null for shared chunks. */
  source: string | null;
  styles: string | null;
  imports: string[];
}

async function run(
  { root, assetsDir, development }: BundleOptions,
  { entryPoints, workers, parts }: { entryPoints: string[]; workers: WorkerNames; parts: Parts },
): Promise<{ outputs: Output[]; inputs: string[] }> {
  const clientDir = join(root, "client");
  const rewrite = (source: string, path: string) =>
    gatherImports(rewriteWorkerUrls(source, { path, workers }), { path, clientDir, parts });
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    minify: !development,
    sourcemap: development ? "inline" : false,
    legalComments: "none",
    outdir: assetsDir,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file" },
    conditions: ["svelte", "browser", development ? "development" : "production"],
    mainFields: ["svelte", "browser", "module", "main"],
    plugins: [partsPlugin({ clientDir, parts }), sveltePlugin({ rewrite, development })],
    metafile: true,
    logLevel: "warning",
  });
  return {
    inputs: Object.keys(metafile.inputs),
    outputs: Object.entries(metafile.outputs).map(([path, output]) => ({
      name: relative(assetsDir, resolve(root, path)),
      source: output.entryPoint ?? null,
      styles: output.cssBundle ? basename(output.cssBundle) : null,
      imports: output.imports
        .filter(({ kind, external }) => kind === "import-statement" && !external)
        .map((imported) => basename(imported.path)),
    })),
  };
}
