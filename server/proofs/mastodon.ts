import {
  AccountLinks,
  accountLinksUrl,
  ACTIVITY_TYPE,
  Actor,
  actorText,
  actorUrlOf,
} from "../../protocol/proof_mastodon.ts";
import { Unreachable } from "../unreachable.ts";
import { foundJson, type ProofTemplate } from "./template.ts";

/** Bio and profile fields of an account: WebFinger tells where its actor is, which may be on another host. */
export const fetchMastodonProof: ProofTemplate = async ({ subject }, { fetchText }) => {
  const answer = await fetchText(
    accountLinksUrl(subject),
    "application/jrd+json, application/json",
  );
  const account = foundJson(answer, AccountLinks);
  if (!account) return "";
  const actorUrl = actorUrlOf(account);
  if (!actorUrl) throw new Unreachable("bad_answer");
  const actor = foundJson(await fetchText(actorUrl, ACTIVITY_TYPE), Actor);
  return actor ? actorText(actor) : "";
};
