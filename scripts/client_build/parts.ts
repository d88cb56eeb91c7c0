import { dirname, join, relative, resolve } from "node:path";
import type { Plugin } from "esbuild";
import { exists } from "./files.ts";

/**
 * What is fetched together once the page is there, by the name of the part: files below `client/`. A file that is in none
 * is fetched alone.
 */
export type Parts = Record<string, string[]>;

/** Where the client and its parts are. */
export interface PartsOptions {
  clientDir: string;
  parts: Parts;
}

const PREFIX = "part:";
const IMPORT = /(?<!typeof )\bimport\(\s*"(\.{1,2}\/[^"]+)",?\s*\)/g;

/** Reads `parts.json` of a client; none where there is no such file. */
export async function readParts(clientDir: string): Promise<Parts> {
  const path = join(clientDir, "parts.json");
  return await exists(path) ? JSON.parse(await Deno.readTextFile(path)) : {};
}

/** Lets each `import("./file.ts")` of a source text whose file belongs to a part fetch that part. */
export function gatherImports(
  source: string,
  { path, clientDir, parts }: PartsOptions & { path: string },
): string {
  return source.replaceAll(IMPORT, (written, specifier: string) => {
    const target = resolve(dirname(path), specifier);
    const file = relative(clientDir, target).replaceAll("\\", "/");
    for (const [part, files] of Object.entries(parts)) {
      const index = files.indexOf(file);
      if (index >= 0) return `import("${PREFIX}${part}").then((part) => part.${memberName(index)})`;
    }
    return written;
  });
}

/** Lets esbuild read the parts that {@link gatherImports} names. */
export function partsPlugin({ clientDir, parts }: PartsOptions): Plugin {
  return {
    name: "parts",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^${PREFIX}`) }, ({ path }) => ({
        path: path.slice(PREFIX.length),
        namespace: "part",
      }));
      build.onLoad({ filter: /.*/, namespace: "part" }, ({ path }) => ({
        contents: parts[path]!.map(exportMember).join("\n"),
        resolveDir: clientDir,
      }));
    },
  };
}

const memberName = (index: number) => `m${index}`;

function exportMember(file: string, index: number): string {
  return `export * as ${memberName(index)} from ${JSON.stringify(`./${file}`)};`;
}
