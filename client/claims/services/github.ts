import { gistIdOf } from "../../../protocol/claim.ts";
import { Gist, gistText, gistUrl } from "../../../protocol/proof_gist.ts";
import type { ClientProof } from "./template.ts";

/** The files of a public gist that the user owns. GitHub's API lets any page ask, 60 times an hour. */
export const askGithub: ClientProof = async ({ subject, proofUrl }, { json }) => {
  const id = proofUrl === null ? null : gistIdOf(proofUrl, subject);
  if (id === null) return null;
  const gist = await json(gistUrl(id), Gist, { accept: "application/vnd.github+json" });
  return gist && gistText(gist, subject);
};
