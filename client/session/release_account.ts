import { answerError } from "../answer_error.ts";
import { createAuthorizedCall } from "../authorized_call.ts";
import type { Fetch } from "../fetch_json.ts";
import { isUserError } from "../user_error.ts";
import type { Account } from "./session.ts";

/**
 * Gives the handle of an account up, and with it all that the home server keeps for it. One that is given up already is
 * no fault. (Specification page 3, `DELETE /v1/u/:handle`)
 *
 * @throws UserError `no_network`, `rate_limited`, `server_error`
 */
export async function releaseAccount(
  { handle, server }: Account,
  deps: {
    fetch: Fetch;
    origin: string;
    identitySecret: Uint8Array;
    nowMs(): number;
    randomBytes(length: number): Uint8Array;
  },
): Promise<void> {
  const call = createAuthorizedCall({ ...deps, server });
  const answer = await call("DELETE", `/v1/u/${handle}`);
  if (answer.status === 204) return;
  const error = answerError(answer);
  if (!isUserError(error, "unknown_handle")) throw error;
}
