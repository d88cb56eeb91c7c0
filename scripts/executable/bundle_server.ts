import * as esbuild from "esbuild";
import { builtinModules } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { listFiles } from "../client_build/files.ts";

/** What the server's sources are bundled from and into. */
export interface ServerBundleOptions {
  /** The project's folder. */
  root: string;
  /** An empty folder: it gets `main.js`, and everything else of the server's in `server/`. */
  outDir: string;
  /** What `kez-chat version` says beside the version. */
  commit: string | null;
}

/** What the server's sources were bundled from and into. */
export interface ServerBundle {
  /** Paths of the Workers' modules, relative to the folder. */
  workers: string[];
  /** Paths of everything that was bundled, from the project's folder. */
  inputs: string[];
}

/** How a source starts a Worker: each is a module of its own. */
const WORKER_URL = /new URL\(\s*"(\.[^"]*worker\.ts)",\s*import\.meta\.url,?\s*\)/g;

/** CommonJS packages ask for Node's own modules by `require`. */
const BANNER = `import { createRequire as createRequireOfNode } from "node:module";
const require = createRequireOfNode(import.meta.url);`;

/**
 * Bundles `main.ts` and the server's Workers into plain modules that need nothing beside them: no package, no source,
 * no WebAssembly file.
 *
 * @throws Error where two Workers share a name
 */
export async function bundleServer(
  { root, outDir, commit }: ServerBundleOptions,
): Promise<ServerBundle> {
  const outputs = await findWorkers(root);
  try {
    const { metafile } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: [["main.ts", "main.js"], ...outputs].map(([path, output]) => ({
        in: path!,
        out: output!.replace(/\.js$/, ""),
      })),
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "es2024",
      legalComments: "none",
      // Names stay: what the log tells of a fault has them.
      minifyWhitespace: true,
      minifySyntax: true,
      keepNames: true,
      outdir: outDir,
      // Beside the Workers, so that wherever a Worker is started from, it has the same relative URL.
      chunkNames: "server/[name]-[hash]",
      banner: { js: BANNER },
      define: {
        KEZ_CHAT_COMMIT: JSON.stringify(commit ?? "unknown"),
        // Packages that `ws` would ask for; without the question no environment is needed.
        "process.env.WS_NO_BUFFER_UTIL": '"1"',
        "process.env.WS_NO_UTF_8_VALIDATE": '"1"',
      },
      loader: { ".wasm": "binary" },
      plugins: [workerUrls(root, outputs), embeddedWebAssembly, nodePrefix],
      metafile: true,
      logLevel: "warning",
    });
    return { workers: [...outputs.values()], inputs: Object.keys(metafile.inputs) };
  } finally {
    await esbuild.stop();
  }
}

/** Every Worker that a source starts, with the path of its module in the bundle. */
async function findWorkers(root: string): Promise<Map<string, string>> {
  const outputs = new Map<string, string>();
  for (const path of [join(root, "main.ts"), ...await listFiles(join(root, "server"))]) {
    const source = await Deno.readTextFile(path);
    for (const [, specifier] of source.matchAll(WORKER_URL)) {
      const worker = resolve(dirname(path), specifier!);
      outputs.set(worker, `server/${basename(worker).replace(/\.ts$/, ".js")}`);
    }
  }
  if (new Set(outputs.values()).size < outputs.size) throw new Error("Two Workers share a name.");
  return outputs;
}

/** Puts the built name into each `new URL("./x_worker.ts", import.meta.url)`. */
function workerUrls(root: string, outputs: ReadonlyMap<string, string>): esbuild.Plugin {
  const mainPath = join(root, "main.ts");
  return {
    name: "worker-urls",
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (/[\\/]node_modules[\\/]/.test(path)) return null;
        const source = await Deno.readTextFile(path);
        const contents = source.replaceAll(WORKER_URL, (_, specifier: string) => {
          const output = outputs.get(resolve(dirname(path), specifier))!;
          const fromHere = path === mainPath ? `./${output}` : `./${basename(output)}`;
          return `new URL("${fromHere}", import.meta.url)`;
        });
        return { contents, loader: "ts" };
      });
    },
  };
}

/** The signature library reads its WebAssembly from the file beside it; in a bundle the bytes stand in the module. */
const embeddedWebAssembly: esbuild.Plugin = {
  name: "embedded-webassembly",
  setup(build) {
    build.onLoad({ filter: /tiny-secp256k1[\\/]lib[\\/]wasm_loader\.js$/ }, async ({ path }) => {
      const source = await Deno.readTextFile(path);
      const read = 'readFileSync(path("secp256k1.wasm"))';
      if (!source.includes(read)) throw new Error(`${path} reads its WebAssembly in another way.`);
      const contents = `import embedded from "./secp256k1.wasm";\n${
        source.replace(read, "embedded")
      }`;
      return { contents, loader: "js" };
    });
  },
};

/** Deno knows Node's own modules only by `node:crypto`; some packages say `crypto`. */
const nodePrefix: esbuild.Plugin = {
  name: "node-prefix",
  setup(build) {
    build.onResolve({ filter: /^[a-z_/]+$/ }, ({ path }) => {
      return builtinModules.includes(path) ? { path: `node:${path}`, external: true } : null;
    });
  },
};
