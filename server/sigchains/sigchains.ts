import { addEntry, emptySigchain, type Sigchain } from "../../protocol/sigchain.ts";
import { entryHash, type SigchainEntry } from "../../protocol/sigchain_entry.ts";
import { Problem } from "../problems.ts";
import { checkAppend } from "./rules.ts";
import { type ChainEnd, createSigchainStore, type SigchainStore } from "./store.ts";

/** A part of a chain, with the length and head of the whole. */
export interface ChainPage {
  length: number;
  head: string | null;
  entries: SigchainEntry[];
}

/** The chains of this server's users. (Specification page 3) */
export interface Sigchains {
  /** The entries from `since` on, as many as a page holds. */
  read(primary: string, since: number): Promise<ChainPage>;
  /**
   * Appends an entry whose signature was verified.
   *
   * @throws Problem `not_registered`, and those of `checkAppend`
   */
  append(entry: SigchainEntry): Promise<{ seq: number; hash: string }>;
}

/** A page ends with the entry that reaches this; a chain of usual entries is one page. */
const MAX_PAGE_BYTES = 2 ** 20;

/** Chains whose state is kept for their next entry: an entry is then checked against what it follows, not all of it. */
const MAX_REMEMBERED = 16;

/** @param isRegistered whether a primary has a handle here; who gave it up can append no more, and the chain stays */
export function createSigchains(
  { kv, isRegistered, nowMs }: {
    kv: Deno.Kv;
    isRegistered(primary: string): Promise<boolean>;
    nowMs(): number;
  },
): Sigchains {
  const store = createSigchainStore(kv);
  const remembered = createChainMemory();

  return {
    read: (primary, since) => readPage(store, { primary, since }),

    async append(entry) {
      const { primary } = entry.payload;
      if (!(await isRegistered(primary))) {
        throw new Problem("not_registered", "Only who has a handle here keeps a sigchain here.");
      }
      const hash = entryHash(entry);
      // Whoever comes second reads the new end, and is told of it as a fork.
      for (;;) {
        const known = remembered.get(primary);
        const end = await store.end(primary);
        const chain = await replay(store, { end, known });
        const next = checkAppend(chain, { entry, hash, nowMs: nowMs() });
        if (!(await store.append(primary, { end, entry, hash }))) continue;
        remembered.put(next);
        return { seq: end.length, hash };
      }
    },
  };
}

async function readPage(
  store: SigchainStore,
  { primary, since }: { primary: string; since: number },
): Promise<ChainPage> {
  const { length, head } = await store.end(primary);
  const entries: SigchainEntry[] = [];
  let bytes = 0;
  for await (const { entry } of store.entries(primary, { from: since, to: length })) {
    entries.push(entry);
    bytes += JSON.stringify(entry).length;
    if (bytes >= MAX_PAGE_BYTES) break;
  }
  return { length, head, entries };
}

/** The state of a chain at its end. What is stored was verified before it was. */
async function replay(
  store: SigchainStore,
  { end, known }: { end: ChainEnd; known: Sigchain },
): Promise<Sigchain> {
  let chain = known;
  const range = { from: known.hashes.length, to: end.length };
  for await (const stored of store.entries(known.primary, range)) chain = addEntry(chain, stored);
  return chain;
}

function createChainMemory() {
  /** In order of last use. */
  const chains = new Map<string, Sigchain>();
  return {
    get: (primary: string) => chains.get(primary) ?? emptySigchain(primary),
    put(chain: Sigchain) {
      chains.delete(chain.primary);
      chains.set(chain.primary, chain);
      if (chains.size > MAX_REMEMBERED) chains.delete(chains.keys().next().value!);
    },
  };
}
