import * as v from "valibot";
import { gistIdOf } from "../../protocol/claim.ts";
import { Problem } from "../problems.ts";
import { foundJson, type ProofTemplate } from "./template.ts";

const Gist = v.looseObject({
  public: v.optional(v.boolean()),
  owner: v.nullish(v.looseObject({ login: v.string() })),
  files: v.record(v.string(), v.nullish(v.looseObject({ content: v.optional(v.string()) }))),
});

/**
 * The files of a public gist, where the user owns it: `proofUrl` names it, and GitHub's API says whose it is.
 * (https://docs.github.com/rest/gists/gists#get-a-gist)
 */
export const fetchGithubProof: ProofTemplate = async ({ subject, proofUrl }, { fetchText }) => {
  const id = proofUrl === null ? null : gistIdOf(proofUrl, subject);
  if (id === null) {
    throw new Problem("malformed", "Give the gist of that user (?url=https://gist.github.com/…).");
  }
  const url = `https://api.github.com/gists/${id}`;
  const gist = foundJson(await fetchText(url, "application/vnd.github+json"), Gist);
  const isTheirs = gist?.owner?.login.toLowerCase() === subject && gist.public !== false;
  if (!gist || !isTheirs) return "";
  return Object.values(gist.files).map((file) => file?.content ?? "").join("\n");
};
