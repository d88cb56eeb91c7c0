import { relative } from "node:path";
import type { PartialMessage, Plugin, PluginBuild } from "esbuild";
import { compile, compileModule, type Warning } from "svelte/compiler";

const CSS_PREFIX = "svelte-css:";

/** What {@link sveltePlugin} needs to know. */
export interface SveltePluginOptions {
  /** What is put into the text of a source before it is compiled; `path` is absolute. */
  rewrite(source: string, path: string): string;
  /** Svelte's run-time checks, and warnings that do not stop the build. */
  development: boolean;
}

/**
 * Lets esbuild read `.svelte` components and `.svelte.ts` modules, and rewrites every source of the client.
 *
 * A component's style goes through an import of its own, so that esbuild collects all of them in the entry's style sheet.
 */
export function sveltePlugin(options: SveltePluginOptions): Plugin {
  return {
    name: "svelte",
    setup(build) {
      const styles = new Map<string, string>();
      loadComponents(build, { ...options, styles });
      loadModules(build, options);
      build.onResolve({ filter: new RegExp(`^${CSS_PREFIX}`) }, ({ path }) => ({
        path: path.slice(CSS_PREFIX.length),
        namespace: "svelte-css",
      }));
      build.onLoad({ filter: /.*/, namespace: "svelte-css" }, ({ path }) => ({
        contents: styles.get(path) ?? "",
        loader: "css",
      }));
    },
  };
}

function loadComponents(
  build: PluginBuild,
  { rewrite, development, styles }: SveltePluginOptions & { styles: Map<string, string> },
): void {
  const rootDir = build.initialOptions.absWorkingDir ?? Deno.cwd();
  build.onLoad({ filter: /\.svelte$/, namespace: "file" }, async ({ path }) => {
    const source = rewrite(await Deno.readTextFile(path), path);
    try {
      const { js, css, warnings } = compile(source, {
        filename: path,
        rootDir,
        generate: "client",
        runes: path.includes("/node_modules/") ? undefined : true,
        css: "external",
        dev: development,
      });
      // It goes into the hashes of the built files, which are the same wherever the project lies.
      const name = relative(rootDir, path).replaceAll("\\", "/");
      styles.set(name, css?.code ?? "");
      const contents = css ? `${js.code}\nimport ${JSON.stringify(CSS_PREFIX + name)};` : js.code;
      return { contents, loader: "js", ...sortWarnings(warnings, { path, source, development }) };
    } catch (error) {
      return { errors: [compileFault(error, { path, source })] };
    }
  });
}

function loadModules(build: PluginBuild, { rewrite, development }: SveltePluginOptions): void {
  build.onLoad({ filter: /\.[jt]s$/, namespace: "file" }, async ({ path }) => {
    if (path.includes("/node_modules/") && !path.endsWith(".svelte.js")) return null;
    const source = rewrite(await Deno.readTextFile(path), path);
    if (!/\.svelte\.[jt]s$/.test(path)) {
      return { contents: source, loader: path.endsWith(".ts") ? "ts" : "js" };
    }
    // The compiler reads JavaScript only: the types go first.
    const plain = await build.esbuild.transform(source, {
      loader: "ts",
      target: "esnext",
      sourcefile: path,
    });
    try {
      const { js, warnings } = compileModule(plain.code, {
        filename: path,
        generate: "client",
        dev: development,
      });
      return {
        contents: js.code,
        loader: "js",
        ...sortWarnings(warnings, { path, source, development }),
      };
    } catch (error) {
      return { errors: [compileFault(error, { path, source })] };
    }
  });
}

interface Located {
  path: string;
  source: string;
}

/** Accessibility warnings stop the build; a package's own warnings are not ours to mend. */
function sortWarnings(
  warnings: readonly Warning[],
  { path, source, development }: Located & { development: boolean },
): { errors: PartialMessage[]; warnings: PartialMessage[] } {
  const own = path.includes("/node_modules/") ? [] : warnings;
  const stops = (warning: Warning) => !development && warning.code.startsWith("a11y");
  return {
    errors: own.filter(stops).map((warning) => toMessage(warning, { path, source })),
    warnings: own.filter((warning) => !stops(warning)).map((warning) =>
      toMessage(warning, { path, source })
    ),
  };
}

function compileFault(error: unknown, located: Located): PartialMessage {
  if (!(error instanceof Error)) throw error;
  return toMessage(error, located);
}

function toMessage(
  fault: { message: string; code?: string; start?: Warning["start"] },
  { path, source }: Located,
): PartialMessage {
  const location = fault.start && {
    file: path,
    line: fault.start.line,
    column: fault.start.column,
    lineText: source.split("\n")[fault.start.line - 1] ?? "",
  };
  return { text: fault.code ? `${fault.code}: ${fault.message}` : fault.message, location };
}
