import { dirname, join } from "node:path";
import { buildClient, ROOT } from "../../scripts/build_client.ts";
import { listFiles } from "../../scripts/client_build/files.ts";

const CLIENT_FOLDERS = ["client", "protocol"];

/** A folder of its own for `--web-dir`, into which builds of the client are put one after the other. */
export interface ClientFolder extends AsyncDisposable {
  readonly dir: string;
  /** Builds the client again, with each of the given texts of a source file replaced. */
  build(changes?: { path: string; from: string; to: string }[]): Promise<void>;
}

/** Makes builds of this project's client: `await using client = await openClientFolder()`. */
export async function openClientFolder(): Promise<ClientFolder> {
  const parent = join(ROOT, "dist");
  await Deno.mkdir(parent, { recursive: true });
  // Inside the project, so that its packages are found.
  const root = await Deno.makeTempDir({ dir: parent, prefix: "test-client-" });
  const dir = join(root, "web");
  return {
    dir,
    async build(changes = []) {
      for (const path of (await Promise.all(CLIENT_FOLDERS.map(filesOf))).flat()) {
        await Deno.mkdir(dirname(join(root, path)), { recursive: true });
        await Deno.copyFile(join(ROOT, path), join(root, path));
      }
      for (const change of changes) await replaceText(join(root, change.path), change);
      await buildClient({ root, outDir: dir, development: false });
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function filesOf(folder: string): Promise<string[]> {
  return (await listFiles(join(ROOT, folder))).map((path) => path.slice(ROOT.length + 1));
}

async function replaceText(
  path: string,
  { from, to }: { from: string; to: string },
): Promise<void> {
  const text = await Deno.readTextFile(path);
  if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
  await Deno.writeTextFile(path, text.replaceAll(from, to));
}
