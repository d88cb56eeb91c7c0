/**
 * The result, or the signal's end, whichever comes first: not every step can be aborted.
 *
 * @param onLate is given what comes after the end, to close it
 * @throws the signal's reason; what the result rejects with
 */
export function untilAborted<T>(
  result: Promise<T>,
  { signal, onLate }: { signal: AbortSignal; onLate?(late: T): void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    result.then((value) => signal.aborted ? onLate?.(value) : resolve(value), reject)
      .finally(() => signal.removeEventListener("abort", end));
  });
}
