import { delimiter, join } from "node:path";

/**
 * The path of a program that the tests use where it is there.
 *
 * @param variable names it in the environment; else it is looked for in PATH and in some folders below the home folder
 */
export function findProgram(
  name: string,
  { variable, homeFolders }: { variable: string; homeFolders: string[] },
): string | null {
  const named = Deno.env.get(variable);
  const home = Deno.env.get("HOME") ?? "/";
  const folders = [
    ...(Deno.env.get("PATH") ?? "").split(delimiter),
    ...homeFolders.map((folder) => join(home, folder)),
  ];
  const paths = named ? [named] : folders.map((folder) => join(folder, name));
  return paths.find(isFile) ?? null;
}

/** A port of the loopback interface that nobody listens at now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
