import * as v from "valibot";
import { foundJson, type ProofTemplate } from "./template.ts";
import { Unreachable } from "./unreachable.ts";

const Jrd = v.looseObject({
  links: v.array(v.looseObject({
    rel: v.string(),
    type: v.optional(v.nullable(v.string())),
    href: v.optional(v.nullable(v.string())),
  })),
});

const Actor = v.looseObject({
  summary: v.nullish(v.string()),
  attachment: v.optional(v.array(v.looseObject({ value: v.optional(v.unknown()) }))),
});

const ACTIVITY = "application/activity+json";
const ACTIVITY_TYPES = new Set([
  ACTIVITY,
  'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
]);

/** Bio and profile fields of an account: WebFinger tells where its actor is, which may be on another host. */
export const fetchMastodonProof: ProofTemplate = async ({ subject }, { fetchText }) => {
  const account = subject.slice(1);
  const host = account.split("@")[1]!;
  const resource = encodeURIComponent(`acct:${account}`);
  const webFinger = `https://${host}/.well-known/webfinger?resource=${resource}`;
  const jrd = foundJson(await fetchText(webFinger, "application/jrd+json, application/json"), Jrd);
  if (!jrd) return "";
  const actorUrl = jrd.links.find(({ rel, type }) => rel === "self" && ACTIVITY_TYPES.has(type!));
  if (!actorUrl?.href) throw new Unreachable("bad_answer");
  const actor = foundJson(await fetchText(actorUrl.href, ACTIVITY), Actor);
  if (!actor) return "";
  const fields = (actor.attachment ?? []).map(({ value }) =>
    typeof value === "string" ? value : ""
  );
  return [actor.summary ?? "", ...fields].map(plainText).join("\n");
};

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
};

/** The text of a piece of HTML, with breaks and paragraphs as lines. */
function plainText(html: string): string {
  return html.replace(/<(?:br|\/p|\/div|\/li)\b[^<>]*>/gi, "\n").replace(/<[^<>]*>/g, "")
    .replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity]!);
}
