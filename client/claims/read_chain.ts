import * as v from "valibot";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { isLoopbackServer } from "../../protocol/handle.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";
import {
  emptySigchain,
  MAX_CHAIN_ENTRIES,
  replaySigchain,
  type Sigchain,
  SigchainError,
} from "../../protocol/sigchain.ts";
import type { SigchainEntry } from "../../protocol/sigchain_entry.ts";
import { answerError, fetchError } from "../answer_error.ts";
import { type Fetch, fetchJson } from "../fetch_json.ts";
import { UserError } from "../user_error.ts";

/** A chain as far as it is valid. */
export interface ReadChain {
  chain: Sigchain;
  /** Those that were verified, in order. */
  entries: SigchainEntry[];
  /** Why the entry after them may not stand there; null where there is none. */
  fault: SigchainError | null;
}

/** A server's page ends at 1 MiB, and with the entry that reaches it. */
const MAX_PAGE_BYTES = 2 * 2 ** 20;
/** A full chain of the largest entries has 8; nobody gets to hold us up with one entry a page. */
const MAX_PAGES = 12;

const Page = v.looseObject({ length: v.number(), entries: v.array(v.unknown()) });

/** Verifies entries one by one; what comes after the first that may not stand where it does is not looked at. */
export async function replayChain(
  entries: readonly unknown[],
  { primary, verifyEd25519 }: { primary: string; verifyEd25519: VerifyEd25519 },
): Promise<ReadChain> {
  let chain = emptySigchain(primary);
  for (const [at, entry] of entries.entries()) {
    try {
      chain = await replaySigchain(chain, { entries: [entry], verifyEd25519 });
    } catch (fault) {
      if (!(fault instanceof SigchainError)) throw fault;
      return { chain, entries: entries.slice(0, at) as SigchainEntry[], fault };
    }
  }
  return { chain, entries: entries as SigchainEntry[], fault: null };
}

/**
 * Reads all of a chain from whichever server holds it, and verifies it.
 *
 * @param url of the chain, as a registry names it
 * @throws UserError `no_network`, `rate_limited`, `server_error`
 */
export async function readChain(
  url: string,
  { primary, fetch, verifyEd25519 }: {
    primary: string;
    fetch: Fetch;
    verifyEd25519: VerifyEd25519;
  },
): Promise<ReadChain> {
  const entries: unknown[] = [];
  for (let page = 0; page < MAX_PAGES; page++) {
    const next = await readPage(url, { since: entries.length, fetch });
    // One more than may be is enough to find the chain invalid.
    entries.push(...next.entries.slice(0, MAX_CHAIN_ENTRIES + 1));
    const isWhole = entries.length >= Math.min(next.length, MAX_CHAIN_ENTRIES + 1);
    if (isWhole || next.entries.length === 0) {
      return await replayChain(entries, { primary, verifyEd25519 });
    }
  }
  throw new UserError("server_error");
}

async function readPage(
  url: string,
  { since, fetch }: { since: number; fetch: Fetch },
): Promise<v.InferOutput<typeof Page>> {
  const from = new URL(url);
  if (since > 0) from.searchParams.set("since", String(since));
  const init: RequestInit = {
    referrerPolicy: "no-referrer",
    cache: "no-cache",
  };
  try {
    const answer = await fetchJson(from.href, { fetch, init, maxBytes: MAX_PAGE_BYTES });
    if (answer.status !== 200 || !v.is(Page, answer.body)) throw answerError(answer);
    return answer.body;
  } catch (cause) {
    throw fetchError(cause);
  }
}

/** True for a URL that a chain may be read from: https; of this house, and by http of this machine, where the home server is in it too. */
export function isChainUrl(
  text: string,
  { mayBePrivate }: { mayBePrivate: boolean },
): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== "" || url.password !== "") return false;
  if (isPrivateHost(url.host) && !mayBePrivate) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackServer(url.host));
}
