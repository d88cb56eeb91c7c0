import { OtherWriterError } from "../storage/other_writer_error.ts";

/** Where answers come from: somebody at a time, now and then nobody. */
export interface Source<T> {
  readonly current: T | null;
  /** From now on it is this one; null for nobody at the moment: then who asks waits. */
  replace(next: T | null): void;
  /** Nobody answers any more, until the next `replace`: who waits or asks is told the reason. */
  fail(reason: Error): void;
  /** Nobody is asked any more, as by `fail`; but what the current one has been asked gets its answer from it. */
  close(reason: Error): void;
  /**
   * Asks the current one; and asks again where it is replaced before it has answered, or could not do it because it is
   * about to be replaced. So what is asked must bear to be done twice.
   */
  ask<Answer>(step: (current: T) => Answer | Promise<Answer>): Promise<Answer>;
}

const REPLACED = Symbol("replaced");

interface Holder<T> {
  value: T;
  replaced: PromiseWithResolvers<typeof REPLACED>;
}

/** A source that is nobody yet. */
export function createSource<T extends object>(): Source<T> {
  let holder: Holder<T> | null = null;
  /** Who asks waits for it. */
  let next = Promise.withResolvers<Holder<T>>();
  let isSettled = false;

  function leave(): void {
    if (isSettled) next = Promise.withResolvers();
    isSettled = false;
    // With nobody waiting, a failure is nobody's.
    next.promise.catch(() => undefined);
    holder = null;
  }

  function end(): void {
    holder?.replaced.resolve(REPLACED);
    leave();
  }

  function refuse(reason: Error): void {
    isSettled = true;
    next.reject(reason);
  }

  return {
    get current() {
      return holder?.value ?? null;
    },
    replace(value) {
      end();
      if (value === null) return;
      isSettled = true;
      next.resolve(holder = { value, replaced: Promise.withResolvers() });
    },
    fail(reason) {
      end();
      refuse(reason);
    },
    close(reason) {
      leave();
      refuse(reason);
    },
    async ask<Answer>(step: (current: T) => Answer | Promise<Answer>) {
      while (true) {
        // At once where somebody is there: what is asked stays in its order, before what is done next.
        const asked = holder ?? await next.promise;
        try {
          const answer = await Promise.race([step(asked.value), asked.replaced.promise]);
          if (answer !== REPLACED) return answer as Answer;
        } catch (error) {
          if (holder !== asked) continue;
          if (!(error instanceof OtherWriterError)) throw error;
          await asked.replaced.promise;
        }
      }
    },
  };
}
