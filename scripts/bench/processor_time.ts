/** Ticks of the kernel's clock a second, as it tells them. (proc(5), USER_HZ) */
const TICKS_A_SECOND = 100;

/** The processor time that a process has taken, in seconds; null where the system does not tell as Linux does. */
export async function processorSeconds(pid: number): Promise<number | null> {
  if (Deno.build.os !== "linux") return null;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name before may hold spaces.
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}
