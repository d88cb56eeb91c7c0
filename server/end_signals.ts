/** Each with the exit code of a process that it ended at once. Windows knows no SIGTERM; closing the console is SIGHUP. */
const SIGNALS: Partial<Record<Deno.Signal, number>> = Deno.build.os === "windows"
  ? { SIGINT: 130, SIGBREAK: 149, SIGHUP: 129 }
  : { SIGINT: 130, SIGTERM: 143 };

/**
 * Calls the listener at each signal to end, with the exit code that says so; the process goes on.
 *
 * @returns what ends this
 */
export function onEndSignal(listener: (exitCode: number) => void): () => void {
  const listeners = (Object.entries(SIGNALS) as [Deno.Signal, number][]).map(
    ([signal, exitCode]) => ({ signal, told: () => listener(exitCode) }),
  );
  for (const { signal, told } of listeners) Deno.addSignalListener(signal, told);
  return () => {
    for (const { signal, told } of listeners) Deno.removeSignalListener(signal, told);
  };
}
