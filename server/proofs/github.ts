import { gistIdOf } from "../../protocol/claim.ts";
import { Gist, gistText, gistUrl } from "../../protocol/proof_gist.ts";
import { Problem } from "../problems.ts";
import { foundJson, type ProofTemplate } from "./template.ts";

/** The files of a public gist, where the user owns it: `proofUrl` names it, and GitHub's API says whose it is. */
export const fetchGithubProof: ProofTemplate = async ({ subject, proofUrl }, { fetchText }) => {
  const id = proofUrl === null ? null : gistIdOf(proofUrl, subject);
  if (id === null) {
    throw new Problem("malformed", "Give the gist of that user (?url=https://gist.github.com/…).");
  }
  const gist = foundJson(await fetchText(gistUrl(id), "application/vnd.github+json"), Gist);
  return gist ? gistText(gist, subject) : "";
};
