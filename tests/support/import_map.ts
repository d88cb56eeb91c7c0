import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../scripts/build_client.ts";

/** An import map in a file of its own. */
export interface ImportMap extends Disposable {
  /** For `deno run`. */
  flag: string;
}

/**
 * Writes an import map that puts other modules in the place of some of the server's, so that a test sees the real
 * program from within, with nothing in the program that would allow it.
 *
 * @param replacements by path of the replaced module, the path of the other one; both below the project's folder. The
 * other one still gets the module that it replaces, and can be told something in a query (`probe.ts?data=x`).
 */
export function replaceModules(replacements: Record<string, string>): ImportMap {
  const { imports: packages } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const imports: Record<string, string> = {};
  for (const [name, target] of Object.entries<string>(packages)) {
    imports[name] = target;
    imports[`${name}/`] = `${target.replace("npm:", "npm:/")}/`;
  }
  const scopes: Record<string, Record<string, string>> = {};
  for (const [replaced, probe] of Object.entries(replacements)) {
    const [from, to] = [urlOf(replaced), urlOf(probe)];
    imports[from] = to;
    scopes[to] = { [from]: from };
  }
  const path = Deno.makeTempFileSync({ prefix: "kez-chat-test-", suffix: ".json" });
  Deno.writeTextFileSync(path, JSON.stringify({ imports, scopes }));
  return { flag: `--import-map=${path}`, [Symbol.dispose]: () => Deno.removeSync(path) };
}

function urlOf(module: string): string {
  const [path = "", query] = module.split("?");
  return pathToFileURL(join(ROOT, path)).href + (query === undefined ? "" : `?${query}`);
}
