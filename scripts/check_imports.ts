/**
 * Fails on an import in a direction that docs/architecture.md does not have, on a cycle, and on a file that is too long.
 */
import { join, relative } from "node:path";
import { listFiles } from "./client_build/files.ts";
import { findCycles, findImports, type Import } from "./source_graph.ts";

/** Longest source file, in lines. */
export const MAX_LINES = 400;

const SOURCE_FOLDERS = ["protocol", "server", "client", "scripts", "tests"];
/** Holds the version, which every part may ask for. */
const PROJECT_FILE = "deno.json";
const SOURCE_NAME = /\.(ts|svelte|css)$/;

/** Which parts a part may import, besides itself. Parts that are not named here may import anything. */
const ALLOWED: Record<string, readonly string[]> = {
  protocol: [],
  server: ["protocol"],
  client: ["protocol"],
};

/**
 * Lists what is wrong with the shape of a source tree.
 *
 * @param files text by path from the project's folder, with `/`
 * @returns one sentence for each fault
 */
export function findFaults(files: ReadonlyMap<string, string>): string[] {
  const imports = new Map<string, Import[]>();
  for (const [path, text] of files) {
    if (!path.endsWith(".css")) imports.set(path, findImports(path, text));
  }
  const edges = new Map(
    [...imports].map(([path, list]) => [path, list.filter(isLocal).map(({ target }) => target)]),
  );
  return [
    ...[...files].flatMap(([path, text]) => lengthFaults(path, text)),
    ...[...imports].flatMap(([path, list]) => list.flatMap((one) => directionFaults(path, one))),
    ...findCycles(edges).map((cycle) => `import cycle: ${cycle.join(" → ")}`),
  ];
}

function isLocal({ isLocal }: Import): boolean {
  return isLocal;
}

function lengthFaults(path: string, text: string): string[] {
  const lines = text.trimEnd().split("\n").length;
  return lines > MAX_LINES ? [`${path}: ${lines} lines, at most ${MAX_LINES}`] : [];
}

function directionFaults(path: string, imported: Import): string[] {
  const part = partOf(path);
  const { target } = imported;
  const allowed = ALLOWED[part];
  if (!allowed) return [];
  if (!imported.isLocal) {
    const isForeign = part !== "server" && target.startsWith("node:");
    return isForeign ? [`${path}: ${part} runs in browsers and must not import ${target}`] : [];
  }
  const targetPart = partOf(target);
  if (target !== PROJECT_FILE && targetPart !== part && !allowed.includes(targetPart)) {
    return [`${path}: ${part} must not import ${target}`];
  }
  return featureFaults(path, imported);
}

/** Features of the server know each other's types at most; what they do for each other, `server/app.ts` hands over. */
function featureFaults(path: string, { target, isTypeOnly }: Import): string[] {
  const from = serverFeatureOf(path);
  const to = serverFeatureOf(target);
  if (from === null || to === null || from === to || isTypeOnly) return [];
  return [`${path}: the feature ${from} must not import ${target}; server/app.ts passes functions`];
}

function partOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

/** `registry` for `server/registry/store.ts`, null for `server/http.ts`. */
function serverFeatureOf(path: string): string | null {
  const [part, feature, file] = path.split("/");
  return part === "server" && feature !== undefined && file !== undefined ? feature : null;
}

/** Reads the sources below a project's folder. */
async function readSources(root: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  const listed = await Promise.all(SOURCE_FOLDERS.map((folder) => listFiles(join(root, folder))));
  for (const path of listed.flat().filter((path) => SOURCE_NAME.test(path))) {
    sources.set(relative(root, path).replaceAll("\\", "/"), await Deno.readTextFile(path));
  }
  return sources;
}

if (import.meta.main) {
  const faults = findFaults(await readSources(join(import.meta.dirname!, "..")));
  for (const fault of faults) console.error(fault);
  Deno.exit(faults.length === 0 ? 0 : 1);
}
