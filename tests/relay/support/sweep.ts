import { createLog, type Log } from "../../../server/log.ts";

/** A log, and the number of events that the first sweep removed, once it did. */
export function awaitSweep(): { log: Log; swept: Promise<number> } {
  const swept = Promise.withResolvers<number>();
  const log = createLog({
    level: "info",
    format: "json",
    write: (line) => {
      if (line.includes('"relay.swept"')) swept.resolve(JSON.parse(line).events);
    },
    nowMs: () => Date.now(),
  });
  return { log, swept: swept.promise };
}
