import { join } from "node:path";

const BLOCK_BYTES = 512;

/** Bytes that the files under a folder take on the disk; holes in them do not count. */
export function diskBytes(folder: string): number {
  let bytes = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory) bytes += diskBytes(path);
    else bytes += allocatedBytes(Deno.statSync(path));
  }
  return bytes;
}

function allocatedBytes({ blocks, size }: Deno.FileInfo): number {
  return blocks === null ? size : blocks * BLOCK_BYTES;
}
