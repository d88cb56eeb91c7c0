import type { ChainState, ClaimOutcome, ClaimView } from "../../claims/claim_model.ts";
import { ct } from "../../text/claims_text.ts";
import { t } from "../../text/text.ts";
import { clockTime, dayName } from "../when.ts";

/** What a line says of a claim: the outcome of its check, none yet, or that its list does not hold. */
export type Verdict = ClaimOutcome | "unchecked" | "invalid";

/** The verdict of a claim in a list that was found to be so. */
export function verdictOf({ check }: ClaimView, state: ChainState): Verdict {
  if (state === "invalid") return "invalid";
  return check?.outcome ?? "unchecked";
}

/** True where the account was seen to be theirs. */
export function isGood(verdict: Verdict): boolean {
  return verdict === "verified" || verdict === "verified_via_server";
}

/** How people call a service. */
export function serviceName(service: string): string {
  if (service === "nostr") return ct.claims.services.nostr.name;
  const { names } = ct.claims;
  return Object.hasOwn(names, service) ? names[service as keyof typeof names] : service;
}

/** `bo on GitHub`, for sentences and buttons. */
export function accountName({ service, subject }: { service: string; subject: string }): string {
  return `${shortSubject(subject)} (${serviceName(service)})`;
}

/** `github bo, verified`: the name of a claim's line. (Specification page 6, "Screens") */
export function claimLabel({ service, subject }: ClaimView, verdict: Verdict): string {
  return `${service} ${subject}, ${ct.claims.outcome[verdict]}`;
}

/** "Also bo on GitHub", or, where that was not seen, what they say. */
export function claimSentence({ service, subject }: ClaimView, verdict: Verdict): string {
  const words = isGood(verdict) ? ct.claims.also : ct.claims.says;
  if (service === "dns" || service === "web") return words[service](subject);
  return words.account(shortSubject(subject), serviceName(service));
}

/** When a claim was checked, and why it is not verified. */
export function checkWords({ check }: ClaimView, nowMs: number): string[] {
  if (!check) return [];
  const { reason, outcome, atMs } = check;
  const why = reason === null
    ? outcome === "verified" || outcome === "verified_via_server"
      ? ct.claims.verdictAbout[outcome]
      : ""
    : ct.claims.reason[reason] ?? "";
  return [why, ct.claims.checkedAt(whenWords(atMs, nowMs))].filter((text) => text !== "");
}

/** `today at 14:03` */
export function whenWords(atMs: number, nowMs: number): string {
  const day = dayName(atMs, nowMs);
  const isRelative = day === t.chats.today || day === t.chats.yesterday;
  return ct.claims.at(isRelative ? day.toLowerCase() : day, clockTime(atMs));
}

/** A public key is too long to read. */
export function shortSubject(subject: string): string {
  return subject.startsWith("npub1") ? `${subject.slice(0, 12)}…${subject.slice(-4)}` : subject;
}
