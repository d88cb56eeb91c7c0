import { isHex } from "../../../protocol/bytes.ts";
import { isEnvelope } from "../../../protocol/envelope.ts";
import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { Members } from "../../registry/members.ts";
import { isMailKind, isPrivateKind } from "../events/access.ts";
import { expirationS, isUnixSeconds } from "../events/expiration.ts";
import type { RelayLimits } from "../limits.ts";
import type { Moderation } from "../management/moderation.ts";
import { readerOf } from "../events/ownership.ts";
import type { Charge, PreparedEvent, Removal } from "../events/prepared_event.ts";
import { isProtected, repostsProtected } from "../events/protected.ts";
import { isVanishHere } from "../events/vanish.ts";

export interface PolicyRules {
  policy: "members" | "open";
  members: Pick<Members, "isAddr" | "isMemberKey" | "addrsOf" | "relayElsewhere">;
  /** The nostr key that the relays of one server know one another by; null where there is one relay alone. */
  peerKey: string | null;
  moderation: Pick<Moderation, "isBannedKey" | "isAllowedKey" | "isBannedEvent">;
  /** The URL that everybody knows the relay by. */
  publicUrl: string;
  retentionS: number;
  limits: Pick<
    RelayLimits,
    "maxEventBytes" | "maxTags" | "maxStrangerTags" | "maxStrangerBytes" | "maxPastS" | "maxFutureS"
  >;
  nowS(): number;
}

type Judged = Pick<PreparedEvent, "charge" | "removal" | "forwardTo">;

/** What becomes of an event: whom it is charged to and what it removes, or why it is refused. */
export type Verdict = ({ accepted: true } & Judged) | {
  accepted: false;
  /** With NIP-01's machine-readable prefix. */
  message: string;
};

/**
 * Says whether the relay takes an event, its id and signature aside. (Specification page 4; NIPs 40, 62, 70)
 *
 * @param bytes UTF-8 length of the event's JSON
 * @param authed keys that the connection AUTHed as
 */
export function judgeEvent(
  { event, bytes, authed }: { event: NostrEvent; bytes: number; authed: ReadonlySet<string> },
  rules: PolicyRules,
): Verdict {
  const fault = limitFault({ event, bytes }, rules) ?? shapeFault(event);
  if (fault) return refusal(`invalid: ${fault}`);
  const { moderation } = rules;
  if (moderation.isBannedKey(event.pubkey)) return refusal("blocked: this key is banned here");
  if (moderation.isBannedEvent(event.id)) return refusal("blocked: this event is banned here");
  if (isProtected(event) && !authed.has(event.pubkey)) {
    return refusal("auth-required: a protected event is taken from its author alone");
  }
  if (repostsProtected(event)) return refusal("blocked: this reposts a protected event");
  const isMember = isWriter(event.pubkey, rules);
  const charge = isMember ? chargeOfMember(event, rules) : chargeOfStranger(event);
  const removal = removalBy(event, rules);
  const strangerFault = isMember ? null : faultOfStranger({ event, bytes, charge, removal }, rules);
  if (strangerFault) return refusal(`invalid: ${strangerFault}`);
  if (rules.policy === "open" || isMember || isForMember(event, rules)) {
    const forwardTo = relayOfReader(event, rules);
    // A relay that thinks otherwise has not heard yet, or has other settings: it shall not go round in circles.
    if (forwardTo !== null && isPeer(authed, rules)) {
      return refusal("error: the reader's relay is another one, try again later");
    }
    return { accepted: true, charge, removal, forwardTo };
  }
  // Relays that restrict who may write obey requests to vanish all the same. (NIP-62)
  if (removal?.scope === "everything") {
    return {
      accepted: true,
      charge,
      removal: { ...removal, mustOwnSomething: true },
      forwardTo: null,
    };
  }
  return refusal(
    readerOf(event) === null
      ? "blocked: this relay takes events of its members only"
      : "blocked: this reader is not registered here",
  );
}

/** What costs index space and is charged to nobody, or to somebody else. */
function faultOfStranger(
  { event, bytes, charge, removal }:
    & { event: NostrEvent; bytes: number }
    & Pick<
      PreparedEvent,
      "charge" | "removal"
    >,
  { limits: { maxStrangerTags, maxStrangerBytes } }: PolicyRules,
): string | null {
  const isVanish = removal?.scope === "everything";
  if (isVanish && bytes > maxStrangerBytes) {
    return `a stranger's request to vanish has at most ${maxStrangerBytes} bytes`;
  }
  if ((isVanish || charge?.account === "mailbox") && event.tags.length > maxStrangerTags) {
    return `${isVanish ? "a request" : "mail"} from a stranger has at most ${maxStrangerTags} tags`;
  }
  return null;
}

function refusal(message: string): Verdict {
  return { accepted: false, message };
}

/** True for a connection of another relay of this server. */
export function isPeer(
  authed: ReadonlySet<string>,
  { peerKey }: Pick<PolicyRules, "peerKey">,
): boolean {
  return peerKey !== null && authed.has(peerKey);
}

/** The relay that holds what somebody is sent; null where that is this one. */
function relayOfReader(event: NostrEvent, { members }: PolicyRules): string | null {
  const reader = isPrivateKind(event.kind) ? readerOf(event) : null;
  if (reader === null) return null;
  const addr = isMailKind(event.kind) ? reader : members.addrsOf(reader)[0];
  return addr === undefined ? null : members.relayElsewhere(addr);
}

function isWriter(pubkey: string, { members, moderation }: PolicyRules): boolean {
  return members.isMemberKey(pubkey) || moderation.isAllowedKey(pubkey);
}

function isForMember(event: NostrEvent, { members }: PolicyRules): boolean {
  const reader = readerOf(event);
  if (reader === null) return false;
  return isMailKind(event.kind) ? members.isAddr(reader) : members.isMemberKey(reader);
}

function chargeOfMember({ pubkey }: NostrEvent, { members }: PolicyRules): Charge {
  return { account: "member", key: members.addrsOf(pubkey)[0] ?? pubkey };
}

function chargeOfStranger(event: NostrEvent): Charge | null {
  const reader = readerOf(event);
  return reader === null ? null : { account: "mailbox", key: reader };
}

function removalBy(event: NostrEvent, { members, publicUrl }: PolicyRules): Removal | null {
  const scope = event.kind === KIND.deletion
    ? "named"
    : isVanishHere(event, publicUrl)
    ? "everything"
    : null;
  if (scope === null) return null;
  const by = { pubkey: event.pubkey, addrs: members.addrsOf(event.pubkey) };
  return { scope, by, mustOwnSomething: false };
}

function limitFault(
  { event, bytes }: { event: NostrEvent; bytes: number },
  { limits, retentionS, nowS }: PolicyRules,
): string | null {
  if (bytes > limits.maxEventBytes) {
    return `the event is larger than ${limits.maxEventBytes} bytes`;
  }
  if (event.tags.length > limits.maxTags) return `the event has more than ${limits.maxTags} tags`;
  const ageS = nowS() - event.created_at;
  if (ageS < -limits.maxFutureS) return "created_at is too far in the future";
  if (ageS > limits.maxPastS) return "created_at is too long ago";
  if (isPrivateKind(event.kind) && ageS > retentionS) {
    return "the event is older than this relay keeps private events";
  }
  const expiresAtS = expirationS(event);
  return expiresAtS !== null && expiresAtS <= nowS() ? "the event has expired" : null;
}

function shapeFault(event: NostrEvent): string | null {
  if (event.kind === KIND.auth) return "an AUTH event is sent as an AUTH message, not published";
  if (event.kind === KIND.vanish) {
    const hasRelay = event.tags.some((tag) => tag[0] === "relay" && tag.length > 1);
    return hasRelay ? null : "a request to vanish has a relay tag";
  }
  if (event.kind === KIND.giftWrap) {
    const pTags = event.tags.filter((tag) => tag[0] === "p");
    return pTags.length === 1 && isHex(pTags[0]![1] ?? "", 32)
      ? null
      : "a gift wrap has exactly one p tag";
  }
  if (!isMailKind(event.kind)) return null;
  if (!hasMailTags(event.tags)) {
    return "mail has exactly one q tag, with an addr, and besides it at most an expiration";
  }
  return isEnvelope(event.content) ? null : "mail has an envelope of version 2 as its content";
}

function hasMailTags(tags: string[][]): boolean {
  const qTags = tags.filter((tag) => tag[0] === "q");
  const expirations = tags.filter((tag) => tag[0] === "expiration");
  return tags.length === qTags.length + expirations.length &&
    qTags.length === 1 && qTags[0]!.length === 2 && isHex(qTags[0]![1]!, 32) &&
    expirations.length <= 1 &&
    expirations.every((tag) => tag.length === 2 && isUnixSeconds(tag[1]!));
}
