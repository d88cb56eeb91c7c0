import type { Random } from "../random.ts";
import type { Fault, Link } from "./fault.ts";

type Timer = ReturnType<typeof setTimeout>;

/**
 * Answers late: each frame waits up to `maxDelayMs`, and none overtakes the one before it. It never answers at all where
 * the delay is infinite.
 */
export function slow(random: Random, { maxDelayMs }: { maxDelayMs: number }): Fault {
  const waiting = new Map<Link, { sends: (() => void)[]; timers: Set<Timer> }>();
  return {
    fromRelay(frame, { link, pass }) {
      if (maxDelayMs === Infinity) return;
      const { sends, timers } = waiting.get(link) ?? { sends: [], timers: new Set() };
      waiting.set(link, { sends, timers });
      sends.push(() => pass(frame));
      // Whichever timer comes first, the oldest frame leaves.
      const timer = setTimeout(() => {
        timers.delete(timer);
        sends.shift()?.();
      }, random.int(maxDelayMs));
      timers.add(timer);
    },
    onClose(link) {
      waiting.get(link)?.timers.forEach((timer) => clearTimeout(timer));
      waiting.delete(link);
    },
  };
}
