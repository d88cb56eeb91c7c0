import { basename, dirname, resolve } from "node:path";

/** Built file names (`hash_worker-ABCD.js`) by absolute source path. */
export type WorkerNames = ReadonlyMap<string, string>;

const WORKER_URL = /new URL\(\s*"(\.{1,2}\/[^"]+_worker\.ts)",\s*import\.meta\.url,?\s*\)/g;

/** The service worker, which has an address of its own and is built by `service_worker.ts`. */
export const SERVICE_WORKER = "service_worker.ts";

/** True for a source file that is a page's worker: its name ends in `_worker.ts`. */
export function isWorkerEntry(path: string): boolean {
  const name = basename(path);
  return name.endsWith("_worker.ts") && name !== SERVICE_WORKER;
}

/**
 * Puts the built name into each `new URL("./x_worker.ts", import.meta.url)` of a source text.
 *
 * Every built file lies in the same folder, so the new URL is always `./<name>`.
 * @throws Error where the named worker does not exist
 */
export function rewriteWorkerUrls(
  source: string,
  { path, workers }: { path: string; workers: WorkerNames },
): string {
  return source.replaceAll(WORKER_URL, (_, specifier: string) => {
    const name = workers.get(resolve(dirname(path), specifier));
    if (name === undefined) throw new Error(`${path}: there is no worker ${specifier}.`);
    return `new URL("./${name}", import.meta.url)`;
  });
}
