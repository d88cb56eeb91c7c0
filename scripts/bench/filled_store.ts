import { fileURLToPath } from "node:url";

const FILLER = fileURLToPath(new URL("./fill_store.ts", import.meta.url));

/**
 * Makes a relay's database of that many events, in a process of its own: what filling leaves in memory is not the relay's.
 *
 * @param path of the database
 * @throws Error where the process fails
 */
export async function fillStore(path: string, count: number): Promise<void> {
  const args = ["run", "--quiet", "--no-check", "-A", FILLER, path, String(count)];
  const { success } = await new Deno.Command(Deno.execPath(), { args, stderr: "inherit" }).output();
  if (!success) throw new Error("The store could not be filled.");
}
