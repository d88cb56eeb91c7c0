/** A relay that is measured did not do what the measurement needs. */
export class RelayFailure extends Error {
  override name = "RelayFailure";
}

/** What a relay has not answered for this long is lost. */
export const GIVE_UP_MS = 5_000;

interface Patience {
  afterMs?: number;
}

/**
 * The promise, given up after some time.
 *
 * @param missing names what did not come, such as `no EOSE`
 * @throws RelayFailure
 */
export async function orGiveUp<T>(
  promise: Promise<T>,
  missing: () => string,
  { afterMs = GIVE_UP_MS }: Patience = {},
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(givenUp(missing(), afterMs)), afterMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Notices where a relay falls silent amid many answers, for which a timer each would cost too much. */
export interface SilenceWatch extends Disposable {
  /** An answer came. */
  heard(): void;
  /** Rejects with a RelayFailure once there was no answer for too long. */
  silent: Promise<never>;
}

/** How often the time is looked at, which tells how late a silence may be noticed. */
const CHECKS = 20;

/** Watches until it is disposed. */
export function watchSilence(
  missing: () => string,
  { afterMs = GIVE_UP_MS }: Patience = {},
): SilenceWatch {
  const { promise: silent, reject } = Promise.withResolvers<never>();
  let heardMs = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - heardMs >= afterMs) reject(givenUp(missing(), afterMs));
  }, afterMs / CHECKS);
  return {
    heard: () => {
      heardMs = performance.now();
    },
    silent,
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function givenUp(missing: string, afterMs: number): RelayFailure {
  return new RelayFailure(`${missing} within ${afterMs / 1000} s`);
}
