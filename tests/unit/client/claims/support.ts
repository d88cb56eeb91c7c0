import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { primaryOf } from "../../../../protocol/identity.ts";
import { emptySigchain, replaySigchain, type Sigchain } from "../../../../protocol/sigchain.ts";
import { entryHash, type SigchainEntry } from "../../../../protocol/sigchain_entry.ts";
import type { AppendAnswer } from "../../../../client/claims/append_entry.ts";
import {
  type ChainServer,
  createOwnChain,
  type KeptChain,
  type OwnChain,
} from "../../../../client/claims/own_chain.ts";
import { replayChain } from "../../../../client/claims/read_chain.ts";

export const identitySecret = new Uint8Array(32).fill(7);
export const primary = primaryOf(identitySecret);
export const START_MS = Date.parse("2026-05-25T03:00:00Z");

/** A server of one chain, which can lose entries, and answers. */
export interface FakeServer extends ChainServer {
  entries: SigchainEntry[];
  /** Before each append is looked at. */
  before: (entry: SigchainEntry) => void | Promise<void>;
  /** After each append that was taken. */
  after: (entry: SigchainEntry) => void;
  /** Every entry that was ever offered. */
  offered: SigchainEntry[];
}

export function fakeServer(): FakeServer {
  const server: FakeServer = {
    entries: [],
    offered: [],
    before: () => {},
    after: () => {},
    read: () => replayChain([...server.entries], { primary, verifyEd25519 }),
    async append(entry): Promise<AppendAnswer> {
      server.offered.push(entry);
      await server.before(entry);
      const { seq, prev } = entry.payload;
      const last = server.entries.at(-1);
      if (seq !== server.entries.length || prev !== (last ? entryHash(last) : null)) return "taken";
      await replaySigchain(emptySigchain(primary), {
        entries: [...server.entries, entry],
        verifyEd25519,
      });
      server.entries.push(entry);
      server.after(entry);
      return "appended";
    },
  };
  return server;
}

/** A device of the owner, with a disk of its own. */
export function fakeDevice(server: ChainServer): OwnChain & { disk: KeptChain | null } {
  const device = { disk: null as KeptChain | null };
  const chain = createOwnChain({
    shelf: {
      load: () => Promise.resolve(structuredClone(device.disk)),
      save(kept) {
        device.disk = structuredClone(kept);
        return Promise.resolve();
      },
    },
    server,
    identitySecret,
    replay: (entries) => replayChain(entries, { primary, verifyEd25519 }),
    nowMs: () => START_MS,
  });
  return Object.assign(device, chain);
}

/** What is due until a chain has a claim. */
export function claimPlan(subject: string) {
  return ({ hashes, claims }: Sigchain) => {
    if (hashes.length === 0) return [{ op: "genesis", body: { handle: null } }];
    if (claims.some((claim) => claim.subject === subject)) return [];
    return [{ op: "claim.add", body: { service: "dns", subject, proof_url: null } }];
  };
}
