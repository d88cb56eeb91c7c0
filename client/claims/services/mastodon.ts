import {
  AccountLinks,
  accountLinksUrl,
  ACTIVITY_TYPE,
  Actor,
  actorText,
  actorUrlOf,
} from "../../../protocol/proof_mastodon.ts";
import { ProofUnreachable } from "../proof_network.ts";
import type { ClientProof } from "./template.ts";

/** Bio and profile fields of an account: WebFinger tells where its actor is. */
export const askMastodon: ClientProof = async ({ subject }, { json }) => {
  const account = await json(accountLinksUrl(subject), AccountLinks);
  if (!account) return null;
  const actorUrl = actorUrlOf(account);
  if (!actorUrl) throw new ProofUnreachable("bad_answer");
  const actor = await json(actorUrl, Actor, { accept: ACTIVITY_TYPE });
  return actor && actorText(actor);
};
