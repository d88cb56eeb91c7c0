import type { Log } from "../log.ts";
import type { RateLimiter } from "../rate_limit.ts";
import { relayHost } from "./auth.ts";
import {
  answerHttp,
  type HttpAnswer,
  type HttpRequest,
  isManagementCall,
  isRelayPath,
} from "./http_answer.ts";
import { type RelayDescription, relayInformation } from "./information.ts";
import { EVENT_RATE, type RelayLimits } from "./limits.ts";
import { createManagement, type Management } from "./management/management.ts";
import {
  createManagementMethods,
  type ModerationEffects,
} from "./management/management_methods.ts";
import type { Moderation } from "./management/moderation.ts";
import type { VerifyPool } from "./ingest/verify_pool.ts";

export interface RelayHttpDeps {
  info: RelayDescription;
  limits: RelayLimits;
  policy: "members" | "open";
  retentionS: number;
  /** The operator's key, 64 hex; null where there is no management API. */
  adminPubkey: string | null;
  moderation: Moderation;
  effects: ModerationEffects;
  verify: VerifyPool["verify"];
  limiter: RateLimiter;
  /** The relay's public URL and the `host:port` names under which it may be meant: known once it listens. */
  names(): { publicUrl: string; hosts: ReadonlySet<string> };
  nowS(): number;
  log: Log;
}

/** Answers what comes without a WebSocket: NIP-11, the management API, a line for a browser. */
export function createRelayHttp(
  deps: RelayHttpDeps,
): (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer> {
  const { info, limits, policy, retentionS, adminPubkey, moderation } = deps;
  const management = adminPubkey === null ? null : managementOf(deps, adminPubkey);
  return (request) => {
    if (management && isManagementCall(request)) return management(request);
    const settings = moderation.settings();
    return answerHttp(request, {
      information: relayInformation({ info, settings, adminPubkey, limits, policy, retentionS }),
      name: settings.name ?? info.name,
      isManaged: management !== null,
    });
  };
}

function managementOf(
  { moderation, effects, verify, limiter, names, nowS, log }: RelayHttpDeps,
  adminPubkey: string,
): Management {
  return createManagement({
    adminPubkey,
    methods: createManagementMethods({ moderation, effects }),
    isOwnUrl: (url) => isOwnUrl(url, names()),
    verify,
    takeCall: (client) => limiter.take(EVENT_RATE, client).allowed,
    nowS,
    log,
  });
}

/** True for every way to name the relay: over HTTP or WebSocket, by its public URL or its listener's. */
function isOwnUrl(
  url: URL,
  { publicUrl, hosts }: { publicUrl: string; hosts: ReadonlySet<string> },
): boolean {
  // http: has the port of ws:, https: that of wss:.
  const host = relayHost(url.href.replace(/^http/, "ws"));
  const isOwnPath = isRelayPath(url.pathname) || url.pathname === new URL(publicUrl).pathname;
  return host !== null && hosts.has(host) && isOwnPath;
}
