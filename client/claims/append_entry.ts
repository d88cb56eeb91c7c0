import * as v from "valibot";
import type { SigchainEntry } from "../../protocol/sigchain_entry.ts";
import { answerError } from "../answer_error.ts";
import { type Fetch, FetchFault, fetchJson } from "../fetch_json.ts";
import { UserError } from "../user_error.ts";

/** `taken`: another entry stands there, or this very one does. */
export type AppendAnswer = "appended" | "taken";

const Problem = v.looseObject({ code: v.string() });

/**
 * Appends an entry to the own chain, where it is held.
 *
 * @throws UserError `no_network` where nobody knows whether it was taken; else it was not: `chain_full`, `chain_stranger`, `clock_wrong`,
 * `rate_limited`, `server_error`
 */
export async function appendEntry(
  url: string,
  { entry, fetch }: { entry: SigchainEntry; fetch: Fetch },
): Promise<AppendAnswer> {
  const init: RequestInit = {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(entry),
    referrerPolicy: "no-referrer",
  };
  try {
    const answer = await fetchJson(url, { fetch, init });
    if (answer.status === 201) return "appended";
    // A server that stumbles may have taken it before.
    if (answer.status >= 500) throw new UserError("no_network");
    const code = v.is(Problem, answer.body) ? answer.body.code : "";
    if (code === "fork") return "taken";
    if (code === "chain_full") throw new UserError("chain_full");
    if (code === "not_registered") throw new UserError("chain_stranger");
    throw answerError(answer);
  } catch (cause) {
    if (!(cause instanceof FetchFault)) throw cause;
    throw new UserError("no_network", { cause });
  }
}
