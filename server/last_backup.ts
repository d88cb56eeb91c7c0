import { join } from "node:path";
import * as v from "valibot";
import { diskObstacle } from "./file_fault.ts";

/** When the data was last written into a backup, for `doctor`. */
const NAME = "last_backup.json";
const Shape = v.object({ madeAtMs: v.number() });

/** Writes it down. A folder that this user may only read, or whose disk is full, is no fault: the backup is made. */
export async function noteBackup(dataDir: string, madeAtMs: number): Promise<void> {
  try {
    await Deno.writeTextFile(join(dataDir, NAME), JSON.stringify({ madeAtMs }), { mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied || diskObstacle(error) !== null) return;
    throw error;
  }
}

/** Null where none was made, as far as the folder tells. */
export async function readLastBackup(dataDir: string): Promise<number | null> {
  try {
    const text = await Deno.readTextFile(join(dataDir, NAME));
    const parsed = v.safeParse(Shape, JSON.parse(text));
    return parsed.success ? parsed.output.madeAtMs : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}
