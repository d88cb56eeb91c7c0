import { kindClass, type NostrEvent } from "../../protocol/nostr_event.ts";
import { MAX_SUBSCRIPTION_ID_LENGTH } from "../../protocol/nostr_wire.ts";
import { PRIVATE_KINDS } from "./events/access.ts";
import type { RelayLimits } from "./limits.ts";
import type { RelaySettings } from "./management/moderation.ts";

/** What the relay says about itself. */
export interface RelayDescription {
  name: string;
  description: string;
  contact: string | null;
  /** The host's terms; null and left out: there are none. */
  termsUrl?: string | null;
  version: string;
}

export interface InformationDeps {
  info: RelayDescription;
  /** What the operator calls it since, instead. */
  settings: RelaySettings;
  /** The operator's key; null where there is no management API. */
  adminPubkey: string | null;
  limits: RelayLimits;
  policy: "members" | "open";
  retentionS: number;
}

const SUPPORTED_NIPS = [1, 9, 11, 40, 42, 45, 59, 62, 65, 70, 77];
const MANAGEMENT_NIP = 86;

/** The relay information document: the limits that are enforced, the NIPs that are there. (NIP-11) */
export function relayInformation(deps: InformationDeps): Record<string, unknown> {
  const { info, settings, adminPubkey, retentionS } = deps;
  return {
    name: settings.name ?? info.name,
    description: settings.description ?? info.description,
    ...present({
      icon: settings.icon,
      pubkey: adminPubkey,
      contact: info.contact,
      terms_of_service: info.termsUrl ?? null,
    }),
    software: "kez-chat",
    version: info.version,
    supported_nips: adminPubkey === null ? SUPPORTED_NIPS : [...SUPPORTED_NIPS, MANAGEMENT_NIP],
    limitation: limitation(deps),
    retention: [
      // Ephemeral kinds are not kept at all.
      { kinds: PRIVATE_KINDS.filter((kind) => kindClass(kind) !== "ephemeral"), time: retentionS },
      { time: null },
    ],
  };
}

function limitation({ limits, policy }: InformationDeps): Record<string, unknown> {
  return {
    max_message_length: limits.maxFrameBytes,
    max_content_length: maxContentLength(limits),
    max_subscriptions: limits.maxSubscriptions,
    max_filters: limits.maxFilters,
    max_limit: limits.maxLimit,
    default_limit: limits.maxLimit,
    max_subid_length: MAX_SUBSCRIPTION_ID_LENGTH,
    max_event_tags: limits.maxTags,
    min_pow_difficulty: 0,
    auth_required: false,
    payment_required: false,
    restricted_writes: policy === "members",
    created_at_lower_limit: limits.maxPastS,
    created_at_upper_limit: limits.maxFutureS,
  };
}

/** An event without tags and content; no other kind is written longer. */
const EMPTY_EVENT: NostrEvent = {
  id: "0".repeat(64),
  pubkey: "0".repeat(64),
  created_at: 1_000_000_000,
  kind: 65_535,
  tags: [],
  content: "",
  sig: "0".repeat(128),
};

/** Characters of ASCII, none of which JSON escapes, that an event of any kind without tags has room for. */
function maxContentLength({ maxEventBytes, maxFrameBytes }: RelayLimits): number {
  const ofEvent = maxEventBytes - JSON.stringify(EMPTY_EVENT).length;
  const ofFrame = maxFrameBytes - JSON.stringify(["EVENT", EMPTY_EVENT]).length;
  return Math.max(0, Math.min(ofEvent, ofFrame));
}

function present(members: Record<string, string | null>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(members).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}
