import { cpus } from "node:os";

/** What measured values depend on, in a line: processor, cores, runtime, day. */
export function describeMachine(now: Date): string {
  const models = new Set(cpus().map(({ model }) => model.trim() || "unknown processor"));
  const cores = navigator.hardwareConcurrency;
  const day = now.toISOString().slice(0, 10);
  return `${[...models].join(", ")}, ${cores} cores, Deno ${Deno.version.deno}, ${day}`;
}
