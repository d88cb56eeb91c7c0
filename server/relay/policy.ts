import { isHex } from "../../protocol/bytes.ts";
import { isEnvelope } from "../../protocol/envelope.ts";
import { KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import type { Members } from "../registry/members.ts";
import { isMailKind, isPrivateKind } from "./access.ts";
import type { RelayLimits } from "./limits.ts";

export interface PolicyRules {
  policy: "members" | "open";
  members: Pick<Members, "isAddr" | "isMemberKey">;
  retentionS: number;
  limits: Pick<
    RelayLimits,
    "maxEventBytes" | "maxTags" | "maxStrangerTags" | "maxPastS" | "maxFutureS"
  >;
  nowS(): number;
}

/** Whom an event is held for: the addr or nostr key whose quota a stranger's event uses up; null for none. */
export type Verdict = { accepted: true; heldFor: string | null } | {
  accepted: false;
  /** With NIP-01's machine-readable prefix. */
  message: string;
};

const UNIX_SECONDS = /^\d{1,15}$/;

/**
 * Says whether the relay takes an event, its id and signature aside. (Specification page 4)
 *
 * @param bytes UTF-8 length of the event's JSON
 */
export function judgeEvent(
  { event, bytes }: { event: NostrEvent; bytes: number },
  rules: PolicyRules,
): Verdict {
  const fault = limitFault({ event, bytes }, rules) ?? shapeFault(event);
  if (fault) return { accepted: false, message: `invalid: ${fault}` };
  const isMember = rules.members.isMemberKey(event.pubkey);
  const heldFor = isMember ? null : readerOf(event);
  if (heldFor !== null && event.tags.length > rules.limits.maxStrangerTags) {
    const message =
      `invalid: mail from a stranger has at most ${rules.limits.maxStrangerTags} tags`;
    return { accepted: false, message };
  }
  if (rules.policy === "open" || isMember) return { accepted: true, heldFor };
  const isForMember = heldFor !== null &&
    (isMailKind(event.kind) ? rules.members.isAddr(heldFor) : rules.members.isMemberKey(heldFor));
  if (isForMember) return { accepted: true, heldFor };
  return {
    accepted: false,
    message: readerOf(event) === null
      ? "blocked: this relay takes events of its members only"
      : "blocked: this reader is not registered here",
  };
}

/** The Unix second at which an event wants to be forgotten; null where it has no such (readable) tag. (NIP-40) */
export function expirationS(event: Pick<NostrEvent, "tags">): number | null {
  const value = tagValue(event, "expiration");
  return value !== null && UNIX_SECONDS.test(value) ? Number(value) : null;
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
    expirations.every((tag) => tag.length === 2 && UNIX_SECONDS.test(tag[1]!));
}

/** The addr or key that mail or a gift wrap is for; null for all other kinds. */
function readerOf(event: NostrEvent): string | null {
  if (isMailKind(event.kind)) return tagValue(event, "q");
  return event.kind === KIND.giftWrap ? tagValue(event, "p") : null;
}
