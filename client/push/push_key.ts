import * as v from "valibot";
import { answerError, fetchError } from "../answer_error.ts";
import { type Fetch, fetchJson } from "../fetch_json.ts";

const PushKey = v.looseObject({ public_key: v.string() });

/** The key that the server at `origin` signs its pushes by, base64url. @throws UserError `no_network`, `server_error` */
export async function fetchPushKey({ fetch, origin }: { fetch: Fetch; origin: string }) {
  try {
    const answer = await fetchJson(`${origin}/v1/push/key`, { fetch, init: { cache: "no-cache" } });
    if (answer.status !== 200 || !v.is(PushKey, answer.body)) throw answerError(answer);
    return answer.body.public_key;
  } catch (cause) {
    throw fetchError(cause);
  }
}
