import { PRIVATE_KINDS } from "./access.ts";
import type { RelayLimits } from "./limits.ts";

/** What the relay says about itself. */
export interface RelayDescription {
  name: string;
  description: string;
  contact: string | null;
  version: string;
}

/** The relay information document: the limits that are enforced, the NIPs that are there. (NIP-11) */
export function relayInformation(
  { info, limits, policy, retentionS }: {
    info: RelayDescription;
    limits: RelayLimits;
    policy: "members" | "open";
    retentionS: number;
  },
): Record<string, unknown> {
  return {
    name: info.name,
    description: info.description,
    ...(info.contact === null ? {} : { contact: info.contact }),
    software: "kez-chat",
    version: info.version,
    supported_nips: [1, 11, 42],
    limitation: {
      max_message_length: limits.maxFrameBytes,
      max_content_length: limits.maxEventBytes,
      max_subscriptions: limits.maxSubscriptions,
      max_filters: limits.maxFilters,
      max_limit: limits.maxLimit,
      default_limit: limits.maxLimit,
      max_subid_length: 64,
      max_event_tags: limits.maxTags,
      min_pow_difficulty: 0,
      auth_required: false,
      payment_required: false,
      restricted_writes: policy === "members",
      created_at_lower_limit: limits.maxPastS,
      created_at_upper_limit: limits.maxFutureS,
    },
    retention: [{ kinds: PRIVATE_KINDS, time: retentionS }, { time: null }],
  };
}
