import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { IS_EXECUTABLE } from "../../version.ts";

/**
 * Starts a Worker that may read the WebAssembly file of its signature library and do nothing else at all.
 *
 * @throws where the permissions of this process do not cover that file, or Workers cannot be started
 */
export function spawnVerifyWorker(): Worker {
  return new Worker(new URL("./verify_worker.ts", import.meta.url), {
    type: "module",
    name: "verify",
    deno: { permissions: { ...NOTHING, read: libraryFolder() } },
  });
}

const NOTHING = {
  env: false,
  ffi: false,
  import: false,
  net: false,
  run: false,
  sys: false,
  write: false,
} as const;

/** In an executable the WebAssembly stands in the Worker's own module. */
function libraryFolder(): string[] | false {
  if (IS_EXECUTABLE) return false;
  const library = import.meta.resolve("tiny-secp256k1");
  return library.startsWith("file:") ? [dirname(fileURLToPath(library))] : false;
}
