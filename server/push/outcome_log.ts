import type { Log } from "../log.ts";
import type { PushOutcome } from "./post_push.ts";

/** One fault of the configuration is a fault of every push. */
const FAULT_LOGGED_EVERY_MS = 3600 * 1000;

/** What push services answer, in the log, without saying whose endpoint it was. */
export function createOutcomeLog(
  { serviceOf, nowMs, log }: { serviceOf(endpoint: string): string; nowMs(): number; log: Log },
) {
  let faultLoggedMs = -Infinity;
  return (outcome: PushOutcome, endpoint: string): void => {
    if (outcome.type === "refused" && nowMs() - faultLoggedMs >= FAULT_LOGGED_EVERY_MS) {
      faultLoggedMs = nowMs();
      log.error("push.refused", {
        status: outcome.status,
        hint: outcome.status === 403
          ? "the push service does not take this server's key or contact: check the clock and " +
            "--vapid-subject (a mailto: or https: address that reaches you), and keep the database " +
            "that the devices subscribed under"
          : "the push service finds fault with the request itself",
      });
    }
    log.debug("push.sent", { outcome: outcome.type, service: serviceOf(endpoint) });
  };
}
