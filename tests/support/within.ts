/**
 * Waits for a promise that has no time limit of its own, such as playwright's `page.evaluate`.
 *
 * @throws Error that says what did not come, after `maxMs`
 */
export async function within<T>(
  promise: Promise<T>,
  { maxMs = 20_000, what }: { maxMs?: number; what: string },
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`No ${what} within ${maxMs} ms.`)), maxMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
