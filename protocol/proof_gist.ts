import * as v from "valibot";

/** GitHub's answer about a gist. (https://docs.github.com/rest/gists/gists#get-a-gist) */
export const Gist = v.looseObject({
  public: v.optional(v.boolean()),
  owner: v.nullish(v.looseObject({ login: v.string() })),
  files: v.record(v.string(), v.nullish(v.looseObject({ content: v.optional(v.string()) }))),
});

/** Where GitHub's API tells of a gist, and whose it is. */
export function gistUrl(id: string): string {
  return `https://api.github.com/gists/${id}`;
}

/** What the files of a public gist say, where it is the user's; else nothing. `subject` is in lower case. */
export function gistText(gist: v.InferOutput<typeof Gist>, subject: string): string {
  const isTheirs = gist.owner?.login.toLowerCase() === subject && gist.public !== false;
  if (!isTheirs) return "";
  return Object.values(gist.files).map((file) => file?.content ?? "").join("\n");
}
