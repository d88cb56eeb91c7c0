import { addEntry, pinOf, type Sigchain } from "../../protocol/sigchain.ts";
import { entryHash, type SigchainEntry, signSigchainEntry } from "../../protocol/sigchain_entry.ts";
import { createSerialQueue } from "../serial_queue.ts";
import { isUserError, UserError } from "../user_error.ts";
import type { AppendAnswer } from "./append_entry.ts";
import type { ReadChain } from "./read_chain.ts";

/** What is kept of the own chain: all of it, for a restored server may have lost some. */
export interface KeptChain {
  entries: SigchainEntry[];
  /** So many of them a server has had. What is signed beyond is published first of all: no number is ever signed twice. */
  publishedLength: number;
}

/** An operation that somebody wants to have in the chain. */
export interface ChainOp {
  op: string;
  body: Record<string, unknown>;
}

/** The chain of this account, brought together with what its server has. */
export interface OwnChain {
  /**
   * Reads the server's chain, takes up what other devices added, and appends again what the server has lost.
   *
   * @throws UserError `chain_forked` where the server has another entry than was published; `chain_broken`, `chain_newer`;
   * `no_network` and what else a server says; `storage_failed`
   */
  sync(): Promise<ReadChain>;
  /**
   * Appends operations. Every one is made on what the chain is when it is its turn.
   *
   * @param plan the operations that are still due on a chain; none ends it
   * @throws UserError as `sync`; `chain_full`, `clock_wrong`
   */
  append(plan: (chain: Sigchain) => ChainOp[]): Promise<ReadChain>;
}

/** What keeps it on disk; both throw UserError `storage_failed`. */
export interface ChainShelf {
  load(): Promise<KeptChain | null>;
  save(kept: KeptChain): Promise<void>;
}

/** What the server of the chain does. @throws UserError */
export interface ChainServer {
  read(): Promise<ReadChain>;
  append(entry: SigchainEntry): Promise<AppendAnswer>;
}

/** Other devices append as well: so often somebody else may come first. */
const MAX_CONFLICTS = 8;

/** @param replay verifies what is on the disk */
export function createOwnChain(
  { shelf, server, identitySecret, replay, nowMs }: {
    shelf: ChainShelf;
    server: ChainServer;
    identitySecret: Uint8Array;
    replay(entries: readonly unknown[]): Promise<ReadChain>;
    nowMs(): number;
  },
): OwnChain {
  /** Two appends of one device would only get in each other's way. */
  const queue = createSerialQueue();

  /** The chain that both sides have after this; what nobody has seen and lost its place is dropped. */
  async function agree(conflicts = 0): Promise<ReadChain> {
    if (conflicts > MAX_CONFLICTS) throw new UserError("server_error");
    const served = await server.read();
    if (served.fault) throw new UserError("chain_broken", { cause: served.fault });
    const kept = await shelf.load() ?? { entries: [], publishedLength: 0 };
    const { hashes } = served.chain;
    const known = kept.entries.map(entryHash);
    const published = known.slice(0, kept.publishedLength);
    if (published.some((hash, at) => at < hashes.length && hash !== hashes[at])) {
      throw new UserError("chain_forked");
    }
    const isServedAll = hashes.every((hash, at) => hash === known[at]);
    if (!isServedAll || known.length === hashes.length) return await keep(served);
    const missing = { from: hashes.length, kept };
    return await publishMissing(missing) ? await agree(conflicts + 1) : await agreed(kept);
  }

  /** Appends again what a restored server has lost, and for the first time what was signed and has not left. True where another device was there. */
  async function publishMissing(
    { from, kept: { entries, publishedLength } }: { from: number; kept: KeptChain },
  ): Promise<boolean> {
    for (const [index, entry] of entries.slice(from).entries()) {
      const at = from + index;
      try {
        if (await server.append(entry) === "taken") return true;
      } catch (error) {
        const isRefused = at >= publishedLength && !isUserError(error, "no_network");
        if (isRefused) await shelf.save({ entries: entries.slice(0, at), publishedLength: at });
        throw error;
      }
    }
    return false;
  }

  async function agreed({ entries }: KeptChain): Promise<ReadChain> {
    const read = await replay(entries);
    if (read.fault) throw new UserError("chain_broken", { cause: read.fault });
    return await keep(read);
  }

  async function keep(read: ReadChain): Promise<ReadChain> {
    await shelf.save({ entries: read.entries, publishedLength: read.entries.length });
    return read;
  }

  function sign({ op, body }: ChainOp, chain: Sigchain): SigchainEntry {
    const { length: seq, head: prev } = pinOf(chain);
    const createdAtMs = Math.max(nowMs(), chain.lastCreatedAtMs);
    return signSigchainEntry({ op, body }, { seq, prev, createdAtMs, identitySecret });
  }

  /** False where somebody else came first. */
  async function publish(entry: SigchainEntry, { entries }: ReadChain): Promise<boolean> {
    const before = { entries, publishedLength: entries.length };
    await shelf.save({ ...before, entries: [...entries, entry] });
    try {
      return await server.append(entry) === "appended";
    } catch (error) {
      // Where nobody answered it may have arrived; whatever else the server says, it has not taken it.
      if (!isUserError(error, "no_network")) await shelf.save(before);
      throw error;
    }
  }

  async function appendAll(plan: (chain: Sigchain) => ChainOp[]): Promise<ReadChain> {
    let conflicts = 0;
    let now = await agree();
    for (;;) {
      if (now.chain.newerAt !== null) throw new UserError("chain_newer");
      const [next] = plan(now.chain);
      if (!next) return now;
      const entry = sign(next, now.chain);
      // Throws where the plan is one that no reader would take.
      const chain = addEntry(now.chain, { entry, hash: entryHash(entry) });
      if (await publish(entry, now)) {
        now = await keep({ chain, entries: [...now.entries, entry], fault: null });
      } else if (++conflicts > MAX_CONFLICTS) throw new UserError("server_error");
      else now = await agree();
    }
  }

  return {
    sync: () => queue.run(() => agree()),
    append: (plan) => queue.run(() => appendAll(plan)),
  };
}
