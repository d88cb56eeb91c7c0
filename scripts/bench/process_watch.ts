import { residentBytes } from "./resident_memory.ts";

/** Ticks of the kernel's clock a second, as it tells them. (proc(5), USER_HZ) */
const TICKS_A_SECOND = 100;

/** The processor time that a process has taken, in seconds; null where the system does not tell as Linux does. */
async function processorSeconds(pid: number): Promise<number | null> {
  if (Deno.build.os !== "linux") return null;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // The name before may hold spaces.
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return (Number(user) + Number(system)) / TICKS_A_SECOND;
}

/** The processor time of a process since the last look, in seconds; NaN where nobody tells. */
export function createStopwatch(pid: number) {
  let last = 0;
  return {
    async lap(): Promise<number> {
      const now = await processorSeconds(pid) ?? NaN;
      const lap = now - last;
      last = now;
      return lap;
    },
  };
}

/** The resident memory of a process, looked at each second until it is stopped: at first, and the most in either half. */
export function watchMemory(pid: number) {
  const seen: number[] = [];
  const look = async () => void seen.push(await residentBytes(pid) / 2 ** 20);
  const first = look();
  const timer = setInterval(() => void look(), 1_000);
  return {
    async stop() {
      clearInterval(timer);
      await first;
      const half = Math.ceil(seen.length / 2);
      const [earlierMb, laterMb] = [seen.slice(0, half), seen.slice(half)].map((part) =>
        Math.max(...part)
      );
      return { firstMb: seen[0]!, earlierMb: earlierMb!, laterMb: laterMb! };
    },
  };
}
