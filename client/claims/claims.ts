import type { NostrLink } from "../../protocol/nostr_link.ts";
import { MAX_CHAIN_ENTRIES } from "../../protocol/sigchain.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { ResolvedContact } from "../contacts/resolve.ts";
import { UserError } from "../user_error.ts";
import type { CheckClaim } from "./check_claim.ts";
import { type ClaimCheck, claimsName, type ClaimsView, type ClaimWish } from "./claim_model.ts";
import { addingClaim, revokingClaim } from "./claim_ops.ts";
import { type ClaimsRecord, NO_CLAIMS, recordOf, withChecks } from "./claims_record.ts";
import { eachOf } from "./each_of.ts";
import { inspectClaims } from "./inspect_claims.ts";
import type { OwnChain } from "./own_chain.ts";
import type { ReadChain } from "./read_chain.ts";
import { withServed } from "./served_chain.ts";

/** Claims of the account and of its contacts, by primary. */
export interface Claims {
  /** What is known of them on this device. @throws UserError `storage_failed` */
  view(primary: string): Promise<ClaimsView>;
  /**
   * Reads the chain from its server, then checks claims: all of them, one, or none.
   *
   * @throws UserError where the chain cannot be read; claims that are known are checked all the same
   */
  refresh(primary: string, checks: "all" | "none" | { entry: string }): Promise<void>;
  /**
   * Reads and checks what was not for a day, of an accepted contact.
   *
   * @throws UserError as `refresh`
   */
  refreshDue(primary: string): Promise<void>;
  /**
   * Looks for the proof, and appends the claim once it was seen, or where `isUnproven`.
   *
   * @returns the check
   * @throws UserError as `OwnChain.append`
   */
  add(wish: ClaimWish, options: { isUnproven: boolean }): Promise<ClaimCheck>;
  /**
   * The claims of whoever has a handle, all read and checked now; of a contact they are kept.
   *
   * @throws UserError where the list cannot be read
   */
  inspect(handle: string): Promise<ClaimsView>;
  /** Takes a claim back, by the hash of its entry. @throws UserError as `OwnChain.append` */
  revoke(entry: string): Promise<void>;
}

/** A check, and a list of claims, are good for so long. (Specification page 6) */
const DUE_AFTER_MS = 24 * 60 * 60 * 1000;
/** Where nobody asks for it, a chain is read again, and what was unreachable tried again, at most so often. */
const PAUSE_MS = 10 * 60 * 1000;

/**
 * @param readChain reads the chain of a contact; throws UserError
 * @param checkerFor checks claims of a primary
 * @param onChange called when something else is known of somebody
 */
export function createClaims(
  { ledger, account, own, nostrLink, find, readChain, checkerFor, nowMs, onChange }: {
    ledger: Ledger;
    account: { primary: string; fqhn: string };
    own: OwnChain;
    nostrLink(): NostrLink;
    find(handle: string): Promise<ResolvedContact>;
    readChain(person: { primary: string } & Partial<ResolvedContact>): Promise<ReadChain>;
    checkerFor(primary: string): CheckClaim;
    nowMs(): number;
    onChange(): void;
  },
): Claims {
  const load = async (primary: string): Promise<ClaimsRecord> =>
    await ledger.storage.value<ClaimsRecord>(claimsName(primary)) ?? NO_CLAIMS;

  async function change(
    primary: string,
    step: (record: ClaimsRecord) => ClaimsRecord,
  ): Promise<ClaimsRecord> {
    const changed = await ledger.write(async () => {
      const value = step(await load(primary));
      await ledger.commit([{ put: "value", name: claimsName(primary), value }]);
      return value;
    });
    onChange();
    return changed;
  }

  /** Takes up a chain that a contact's server has shown; what contradicts what was seen before does not take its place. */
  async function takeUp(primary: string, read: ReadChain): Promise<ClaimsRecord> {
    const value = await ledger.write(async () => {
      const before = await load(primary);
      const conversation = ledger.conversation(primary);
      if (!conversation) return before;
      const chain = read.fault ? conversation.chain : withServed(conversation.chain, read.chain);
      const isHeld = !read.fault && chain.warning !== null && before.state !== "unread";
      const record = recordOf(read, { before, nowMs: nowMs() });
      const value = isHeld ? before : record;
      await ledger.commit([
        { put: "conversation", conversation: { ...conversation, chain } },
        { put: "value", name: claimsName(primary), value },
      ]);
      return value;
    });
    onChange();
    return value;
  }

  async function read(primary: string): Promise<ClaimsRecord> {
    if (primary !== account.primary) return await takeUp(primary, await readChain({ primary }));
    return await keepOwn(await own.sync());
  }

  function keepOwn(read: ReadChain): Promise<ClaimsRecord> {
    return change(
      account.primary,
      (before) => recordOf(read, { before, nowMs: nowMs(), maxClaims: MAX_CHAIN_ENTRIES }),
    );
  }

  /** Checks some at a time; each is shown as soon as it is there. */
  async function checkAll(primary: string, claims: ClaimsRecord["claims"]): Promise<void> {
    const check = checkerFor(primary);
    await eachOf(claims, async (claim) => {
      const checks = new Map([[claim.entry, await check(claim, primary)]]);
      await change(primary, (record) => withChecks(record, checks));
    });
  }

  async function refresh(primary: string, checks: "all" | "none" | { entry: string }) {
    let problem: unknown = null;
    const record = await read(primary).catch((error) => {
      problem = error;
      return load(primary);
    });
    if (checks !== "none") {
      const isWanted = ({ entry }: { entry: string }) => checks === "all" || checks.entry === entry;
      await checkAll(primary, record.claims.filter(isWanted));
    }
    if (problem) throw problem;
  }

  const isDue = (atMs: number | null, afterMs: number) =>
    Math.abs(nowMs() - (atMs ?? 0)) >= afterMs;

  /** What could not be reached may be there again soon. */
  function isCheckDue({ check }: ClaimsRecord["claims"][number]): boolean {
    const afterMs = check?.outcome === "unreachable" ? PAUSE_MS : DUE_AFTER_MS;
    return isDue(check?.atMs ?? null, afterMs);
  }

  async function view(primary: string): Promise<ClaimsView> {
    const warning = ledger.conversation(primary)?.chain.warning ?? null;
    return { ...await load(primary), warning };
  }

  return {
    view,
    refresh,
    async refreshDue(primary) {
      const isOwn = primary === account.primary;
      const conversation = ledger.conversation(primary);
      if (!isOwn && conversation?.state !== "accepted") return;
      const { readAtMs } = await load(primary);
      const isUncompared = conversation?.chain.told != null;
      if (isUncompared || isDue(readAtMs, PAUSE_MS)) await read(primary);
      const { claims } = await load(primary);
      await checkAll(primary, claims.filter(isCheckDue));
    },
    async add(wish, { isUnproven }) {
      const { primary } = account;
      const check = await checkerFor(primary)(wish, primary);
      const isProven = check.outcome === "verified" || check.outcome === "verified_via_server";
      if (!isProven && !isUnproven) return check;
      const read = await own.append((chain) =>
        addingClaim(chain, { wish, handle: account.fqhn, nostrLink })
      );
      await keepOwn(read);
      const added = read.chain.claims.find((one) =>
        one.service === wish.service && one.subject === wish.subject
      );
      if (!added) throw new UserError("server_error");
      await change(primary, (record) => withChecks(record, new Map([[added.entry, check]])));
      return check;
    },
    async inspect(handle) {
      const person = await find(handle);
      const { primary } = person;
      const isKept = primary === account.primary ||
        ledger.conversation(primary)?.state === "accepted";
      if (!isKept) {
        const read = await readChain(person);
        return await inspectClaims(read, { check: checkerFor(primary), nowMs });
      }
      await refresh(primary, "all");
      return await view(primary);
    },
    async revoke(entry) {
      const read = await own.append((chain) => revokingClaim(chain, entry));
      await keepOwn(read);
    },
  };
}
