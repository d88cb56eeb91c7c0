import { createHash } from "node:crypto";
import { join, relative, sep } from "node:path";
import { exists, listFiles } from "./files.ts";

const FOLDERS = ["client", "protocol", "scripts/client_build"];
const FILES = ["deno.json", "deno.lock", "package.json", "scripts/build_client.ts"];

/**
 * SHA-256 (hex) over the name and content of everything that the built client depends on.
 *
 * Content, not times: a fresh clone, a checkout and back, or a touched file must not cost a build.
 */
export async function hashInputs(root: string): Promise<string> {
  const listed = await Promise.all(FOLDERS.map((folder) => listFiles(join(root, folder))));
  const single = FILES.map((file) => join(root, file));
  const hash = createHash("sha256");
  for (const path of [...listed.flat(), ...single]) {
    if (!await exists(path)) continue;
    const bytes = await Deno.readFile(path);
    hash.update(`${relative(root, path).replaceAll(sep, "/")}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest("hex");
}

/** The hash that a built folder was made from, or null where there is no complete build. */
export async function readStamp(outDir: string): Promise<string | null> {
  if (!await exists(join(outDir, "index.html"))) return null;
  try {
    return await Deno.readTextFile(stampPath(outDir));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Notes what a built folder was made from: beside it, so that it is never served. */
export async function writeStamp(outDir: string, hash: string): Promise<void> {
  await Deno.writeTextFile(stampPath(outDir), hash);
}

/** Forgets what a folder was made from, before it is replaced. */
export async function removeStamp(outDir: string): Promise<void> {
  await Deno.remove(stampPath(outDir), { recursive: true }).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function stampPath(outDir: string): string {
  return `${outDir}.inputs`;
}
