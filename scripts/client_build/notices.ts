import { join } from "node:path";

/** The file of a built client that has what the licences of others ask to be handed on. The server serves it. */
export const NOTICES_FILE = "licences.txt";

/** Where a package of the registry lies, with its name, in a path that esbuild names. */
const PACKAGE_FOLDER = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)(?=\/)/;
const LICENCE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;

/**
 * The licences of the packages that a bundle is made of, each with its text: what MIT, ISC and Apache-2.0 want in every
 * copy.
 *
 * @param inputs paths of the bundled files, from the project's folder
 * @throws Error where a package does not say its licence
 */
export async function noticesOf(
  { root, inputs, title }: { root: string; inputs: Iterable<string>; title: string },
): Promise<string> {
  const names = new Map<string, string>();
  for (const path of inputs) {
    const [folder, name] = PACKAGE_FOLDER.exec(path) ?? [];
    if (folder && name) names.set(folder, name);
  }
  // By name, whatever folder a machine keeps them in: the same sources make the same bytes.
  const packages = [...names].sort(([, a], [, b]) => a < b ? -1 : a > b ? 1 : 0);
  const notices = await Promise.all(
    packages.map(([folder, name]) => noticeOf(name, join(root, folder))),
  );
  return [`${title}\n${"=".repeat(title.length)}\n`, ...notices].join("\n");
}

async function noticeOf(name: string, folder: string): Promise<string> {
  const { version, license, author } = JSON.parse(
    await Deno.readTextFile(join(folder, "package.json")),
  );
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isFile && LICENCE_FILE.test(entry.name)) files.push(entry.name);
  }
  if (license === undefined && files.length === 0) throw new Error(`${name} has no licence.`);
  const texts = await Promise.all(
    files.sort().map((file) => Deno.readTextFile(join(folder, file))),
  );
  const by = typeof author === "object" ? author.name : author;
  const heading = [`${name} ${version}`, license, by].filter((part) => part).join(", ");
  return [`--- ${heading}`, ...texts.map((text) => text.trim()), ""].join("\n\n");
}
