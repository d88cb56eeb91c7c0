import { afterMs } from "../after_ms.ts";
import type { Config } from "../config.ts";
import { vapidSubject } from "../config_derived.ts";
import { createResolver } from "../resolver.ts";
import { openPush, type Push, type PushDeps } from "./push.ts";

/** Opens the pushes of a running server as the configuration says. */
export function openServerPush(
  config: Config,
  { server, ...deps }:
    & Pick<PushDeps, "kv" | "changes" | "isRegistered" | "nowMs" | "log" | "onSent">
    & {
      server: string;
    },
): Promise<Push> {
  return openPush({
    ...deps,
    pushHosts: config.pushHosts,
    vapidSubject: vapidSubject(config, server),
    resolver: createResolver(config.dnsServer),
    random: Math.random,
    afterMs,
  });
}
