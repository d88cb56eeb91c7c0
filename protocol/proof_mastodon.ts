import * as v from "valibot";
import { textOfHtml } from "./html_text.ts";

/** What WebFinger tells of an account. (RFC 7033) */
export const AccountLinks = v.looseObject({
  links: v.array(v.looseObject({
    rel: v.string(),
    type: v.optional(v.nullable(v.string())),
    href: v.optional(v.nullable(v.string())),
  })),
});

/** An account as its server tells others. (ActivityPub) */
export const Actor = v.looseObject({
  type: v.union([v.string(), v.array(v.string())]),
  summary: v.nullish(v.string()),
  attachment: v.optional(v.array(v.looseObject({ value: v.optional(v.unknown()) }))),
});

/** What to accept when the actor is asked for. */
export const ACTIVITY_TYPE = "application/activity+json";

const ACTIVITY_TYPES = new Set([
  ACTIVITY_TYPE,
  'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
]);

/** Where the account `@user@host` is told of; the actor may be on another host. */
export function accountLinksUrl(subject: string): string {
  const account = subject.slice(1);
  const host = account.split("@")[1]!;
  return `https://${host}/.well-known/webfinger?resource=${encodeURIComponent(`acct:${account}`)}`;
}

/** The actor's URL, unchecked; null where there is none. */
export function actorUrlOf({ links }: v.InferOutput<typeof AccountLinks>): string | null {
  const self = links.find(({ rel, type }) => rel === "self" && ACTIVITY_TYPES.has(type!));
  return self?.href ?? null;
}

/** Bio and profile fields. */
export function actorText({ summary, attachment = [] }: v.InferOutput<typeof Actor>): string {
  const fields = attachment.map(({ value }) => typeof value === "string" ? value : "");
  return [summary ?? "", ...fields].map(textOfHtml).join("\n");
}
