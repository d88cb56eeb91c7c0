import { join, relative } from "node:path";
import { exists, listFiles } from "./files.ts";

/** Largest first-load JavaScript, in bytes after brotli. (Specification page 7, "Limits it keeps") */
export const FIRST_LOAD_MAX_BYTES = 120 * 1024;

/** Bytes as written and as sent. */
export interface Size {
  rawBytes: number;
  brotliBytes: number;
}

/** What a visitor loads at once, and what comes later. */
export interface ClientSizes {
  firstScripts: Size;
  styles: Size;
  page: Size;
  laterScripts: Size;
}

/** Measures a built client, as its page names its files. */
export async function measureClient(outDir: string): Promise<ClientSizes> {
  const page = await Deno.readTextFile(join(outDir, "index.html"));
  const named = new Set(
    [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, path]) => path!),
  );
  const files = (await listFiles(join(outDir, "assets")))
    .map((path) => relative(outDir, path).replaceAll("\\", "/"))
    .filter((path) => /\.(js|css)$/.test(path));
  const measure = (wanted: (path: string) => boolean) => sum(outDir, files.filter(wanted));
  return {
    firstScripts: await measure((path) => path.endsWith(".js") && named.has(path)),
    styles: await measure((path) => path.endsWith(".css")),
    page: await sum(outDir, ["index.html"]),
    laterScripts: await measure((path) => path.endsWith(".js") && !named.has(path)),
  };
}

/** One line for each kind. */
export function printSizes(sizes: ClientSizes): void {
  const aim = `, at most ${FIRST_LOAD_MAX_BYTES / 1024} KB`;
  console.error(`  first scripts  ${describe(sizes.firstScripts)}${aim}`);
  console.error(`  later scripts  ${describe(sizes.laterScripts)}`);
  console.error(`  styles         ${describe(sizes.styles)}`);
  console.error(`  page           ${describe(sizes.page)}`);
}

function describe({ rawBytes, brotliBytes }: Size): string {
  const kilobytes = (bytes: number) => (bytes / 1024).toFixed(1).padStart(6);
  return `${kilobytes(brotliBytes)} KB brotli, ${kilobytes(rawBytes)} KB raw`;
}

async function sum(outDir: string, paths: string[]): Promise<Size> {
  const total: Size = { rawBytes: 0, brotliBytes: 0 };
  for (const path of paths) {
    const { size } = await Deno.stat(join(outDir, path));
    const compressed = join(outDir, `${path}.br`);
    total.rawBytes += size;
    total.brotliBytes += await exists(compressed) ? (await Deno.stat(compressed)).size : size;
  }
  return total;
}
