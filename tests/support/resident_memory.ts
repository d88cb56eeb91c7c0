/** Memory that a process holds, in MiB. (Linux) */
export async function residentMib({ pid }: { pid: number }): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) / 1024;
}
