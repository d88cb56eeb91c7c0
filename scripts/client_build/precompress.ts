import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { listFiles } from "./files.ts";

const TEXT = /\.(html|js|css|json|svg|txt|webmanifest|wasm|xml)$/;
const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/** Writes `<file>.br` and `<file>.gz` beside every text file of a folder, at the highest level: it is done once. */
export async function precompress(dir: string): Promise<void> {
  const files = (await listFiles(dir)).filter((path) => TEXT.test(path));
  await Promise.all(files.map(async (path) => {
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(`${path}.br`, await brotli(bytes));
    await Deno.writeFile(`${path}.gz`, await compressGzip(bytes, { level: 9 }));
  }));
}

/** Brotli (RFC 7932) at quality 11. */
export function brotli(bytes: Uint8Array): Promise<Uint8Array> {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return compressBrotli(bytes, { params });
}
