import { ProtocolError } from "../../protocol/errors.ts";
import { parseInstant } from "../../protocol/instant.ts";
import {
  addEntry,
  MAX_CHAIN_ENTRIES,
  pinOf,
  type Sigchain,
  SigchainError,
} from "../../protocol/sigchain.ts";
import type { SigchainEntry } from "../../protocol/sigchain_entry.ts";
import { Problem } from "../problems.ts";

/** How far `created_at` may be ahead of the server's clock. (Specification page 6) */
const MAX_AHEAD_MS = 5 * 60 * 1000;

/**
 * The chain with one more entry, whose signature was verified and whose hash is given.
 *
 * @throws Problem `fork`, `chain_full`, `bad_nostr_link`, `invalid_entry`; ProtocolError `stale_timestamp`; looked for in
 * this order, but for the clock, which comes after `chain_full`
 */
export function checkAppend(
  chain: Sigchain,
  { entry, hash, nowMs }: { entry: SigchainEntry; hash: string; nowMs: number },
): Sigchain {
  const { seq, prev, created_at: createdAt } = entry.payload;
  const { length, head } = pinOf(chain);
  if (seq !== length || prev !== head) throw forkProblem(chain);
  if (length >= MAX_CHAIN_ENTRIES) {
    throw new Problem("chain_full", `A sigchain holds ${MAX_CHAIN_ENTRIES} entries at most.`);
  }
  const createdMs = parseInstant(createdAt);
  if (createdMs !== null && createdMs > nowMs + MAX_AHEAD_MS) {
    throw new ProtocolError(
      "stale_timestamp",
      "created_at is more than 5 minutes ahead of this server's time. Check the clock of your device and try again.",
    );
  }
  try {
    return addEntry(chain, { entry, hash });
  } catch (error) {
    if (!(error instanceof SigchainError)) throw error;
    throw invalidEntry(error);
  }
}

/** The refusal of an entry that does not follow the chain's end. */
function forkProblem(chain: Pick<Sigchain, "hashes">): Problem {
  return new Problem(
    "fork",
    "The chain has another end. Read it, and sign an entry that follows.",
    {
      members: { ...pinOf(chain) },
    },
  );
}

function invalidEntry(error: SigchainError): Problem {
  const { reason } = error;
  if (reason === "bad_nostr_link") {
    return new Problem(reason, "The nostr key's signature over the identity does not verify.");
  }
  return new Problem(
    "invalid_entry",
    `With this entry every reader would find the chain invalid: ${reason}.`,
    { members: { reason }, cause: error },
  );
}
