import * as v from "valibot";
import { textOfHtml } from "../../../protocol/html_text.ts";
import type { ClientProof } from "./template.ts";

/** Firebase answers null where nobody has the name. */
const User = v.nullable(v.looseObject({ id: v.string(), about: v.optional(v.string()) }));

/** The user's `about`. (https://github.com/HackerNews/API) */
export const askHackerNews: ClientProof = async ({ subject }, { json }) => {
  const url = `https://hacker-news.firebaseio.com/v0/user/${encodeURIComponent(subject)}.json`;
  const user = await json(url, User);
  return user?.id === subject ? textOfHtml(user.about ?? "") : null;
};
