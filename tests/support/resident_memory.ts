import { residentBytes } from "../../scripts/bench/resident_memory.ts";

/** Memory that a process holds, in MiB. */
export async function residentMib({ pid }: { pid: number }): Promise<number> {
  return await residentBytes(pid) / 2 ** 20;
}
