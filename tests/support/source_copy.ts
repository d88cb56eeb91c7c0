import { dirname, join } from "node:path";
import { ROOT } from "../../scripts/build_client.ts";
import { exists, listFiles } from "../../scripts/client_build/files.ts";

/** What an executable is built from, its built client included. */
const PARTS = [
  ...["client", "protocol", "scripts", "server", "dist/client"],
  ...["dist/client.inputs", "deno.json", "deno.lock", "main.ts", "package.json"],
];

/** A copy of the sources inside the project, where its packages are found. */
export interface SourceCopy extends AsyncDisposable {
  root: string;
  /** Puts a file of the project into the copy, under another name and with other words in it. */
  put(from: string, options: { to: string; changes?: Record<string, string> }): Promise<void>;
}

/** Copies the sources, so that a test can build a program that has something else in it. */
export async function copySources(): Promise<SourceCopy> {
  const root = await Deno.makeTempDir({ dir: join(ROOT, "dist"), prefix: "test-sources-" });
  for (const part of PARTS) {
    const isFile = (await exists(join(ROOT, part))) && (await Deno.stat(join(ROOT, part))).isFile;
    const files = isFile ? [join(ROOT, part)] : await listFiles(join(ROOT, part));
    for (const path of files) await copy(path, root + path.slice(ROOT.length));
  }
  return {
    root,
    async put(from, { to, changes = {} }) {
      let text = await Deno.readTextFile(join(ROOT, from));
      for (const [words, others] of Object.entries(changes)) {
        if (!text.includes(words)) throw new Error(`${from} does not say ${words}`);
        text = text.replaceAll(words, others);
      }
      await Deno.writeTextFile(join(root, to), text);
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  await Deno.copyFile(from, to);
}
