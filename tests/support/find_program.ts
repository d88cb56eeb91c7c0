import { delimiter, join } from "node:path";

/**
 * The path of a program that the tests use where it is there.
 *
 * @param variable names it in the environment; else it is looked for in PATH and in some folders below the home folder
 */
export function findProgram(
  name: string,
  { variable, homeFolders = [] }: { variable?: string; homeFolders?: string[] } = {},
): string | null {
  const named = variable && Deno.env.get(variable);
  const home = Deno.env.get("HOME") ?? "/";
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(delimiter),
    ...homeFolders.map((folder) => join(home, folder)),
  ];
  const paths = named ? [named] : folders.map((folder) => join(folder, name));
  return paths.find(isProgram) ?? null;
}

/** Whether a program of this name can be started here. */
export function hasProgram(name: string): boolean {
  return findProgram(name) !== null;
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && (mode === null || (mode & 0o111) !== 0);
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
