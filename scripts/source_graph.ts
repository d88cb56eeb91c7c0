import { dirname, join } from "node:path/posix";
import ts from "typescript";

/** One import of a file of this project by another. */
export interface Import {
  /** Path of the imported file from the project's folder, or the bare name (`node:fs`, `valibot`). */
  target: string;
  /** True for a path inside the project. */
  isLocal: boolean;
  /** True where nothing is left of the import at run time. */
  isTypeOnly: boolean;
}

/**
 * Finds what a source file imports: statically, dynamically, by re-export, as a type, and as a worker's URL.
 *
 * @param path from the project's folder, with `/`
 * @param text TypeScript, or a Svelte component
 */
export function findImports(path: string, text: string): Import[] {
  const script = path.endsWith(".svelte") ? scriptsOf(text) : text;
  const source = ts.createSourceFile(`${path}.ts`, script, ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, isTypeOnly: boolean): void => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const isLocal = specifier.text.startsWith(".");
    const target = isLocal ? join(dirname(path), specifier.text) : specifier.text;
    found.push({ target, isLocal, isTypeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeImport(node));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node.argument.literal, true);
    } else if (isDynamicImport(node)) add(node.arguments[0], false);
    else if (isModuleUrl(node)) add(node.arguments?.[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeImport({ importClause }: ts.ImportDeclaration): boolean {
  if (!importClause) return false;
  if (importClause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings } = importClause;
  return !name && namedBindings !== undefined && ts.isNamedImports(namedBindings) &&
    namedBindings.elements.length > 0 &&
    namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

function isDynamicImport(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** `new URL("./x_worker.ts", import.meta.url)` starts that file's code elsewhere: as good as an import. */
function isModuleUrl(node: ts.Node): node is ts.NewExpression {
  const [specifier] = ts.isNewExpression(node) ? node.arguments ?? [] : [];
  return specifier !== undefined && ts.isStringLiteralLike(specifier) &&
    /^\..*\.ts$/.test(specifier.text);
}

function scriptsOf(component: string): string {
  const scripts = [...component.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)];
  return scripts.map(([, script]) => script).join("\n");
}

/**
 * Finds an import cycle for each import that closes one.
 *
 * @param edges the files that each file imports
 * @returns paths, the first one repeated at the end
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const state = new Map<string, "open" | "done">();
  const trail: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      cycles.push([...trail.slice(trail.indexOf(file)), file]);
      return;
    }
    state.set(file, "open");
    trail.push(file);
    for (const next of edges.get(file) ?? []) visit(next);
    trail.pop();
    state.set(file, "done");
  };
  for (const file of [...edges.keys()].sort()) visit(file);
  return cycles;
}
