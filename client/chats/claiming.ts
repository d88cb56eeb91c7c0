import type { ChainPin } from "../../protocol/sigchain.ts";
import type { ClaimCheck, ClaimsView, ClaimWish } from "../claims/claim_model.ts";
import type { Claims } from "../claims/claims.ts";
import type { ClaimsDeps } from "../claims/open_claims.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";
import { loaded } from "../loaded.ts";
import { UserError } from "../user_error.ts";
import type { Ledger } from "./ledger.ts";

/** Claims, as far as chats are concerned; everything else of them is loaded when it is needed. */
export interface Claiming {
  /** Grows whenever something else may be known of somebody's claims. */
  readonly revision: number;
  /** How far the own chain goes, to be told inside messages; null where there is none. */
  readonly ownHead: ChainPin | null;
  view(primary: string): Promise<ClaimsView>;
  refresh(primary: string, checks: "all" | { entry: string }): Promise<void>;
  refreshDue(primary: string): Promise<void>;
  add(wish: ClaimWish, options: { isUnproven: boolean }): Promise<ClaimCheck>;
  inspect(handle: string): Promise<ClaimsView>;
  revoke(entry: string): Promise<void>;
  /** Servers may be there now: what contacts have told of their chains is compared, the own one brought up to date. Never rejects. */
  kick(): Promise<void>;
  stop(): void;
}

/** The end of the own chain as it is kept. */
type OwnHead = ChainPin & { readAtMs: number };

const OWN_HEAD = "own_chain_head";
/** What another device added, or a restored server has lost, is noticed within this time. */
const OWN_EVERY_MS = 24 * 60 * 60 * 1000;
/** A contact's server is asked at most so often because of what messages say. */
const COMPARE_PAUSE_MS = 10 * 60 * 1000;

/**
 * Follows what messages say of their senders' chains. (Specification page 6)
 *
 * @param isRestored true where this device may not know yet that there is a chain
 * @throws UserError `storage_failed`
 */
export async function openClaiming(
  { isRestored, onFault, ...deps }: Omit<ClaimsDeps, "onChange"> & {
    ledger: Ledger;
    isRestored: boolean;
    onChange(): void;
    /** The own chain goes further. */
    onOwnHead(): void;
    onFault(error: unknown): void;
  },
): Promise<Claiming> {
  const { ledger, account, nowMs } = deps;
  const comparedAtMs = new Map<string, number>();
  let head = await ledger.storage.value<OwnHead>(OWN_HEAD);
  let revision = 0;
  let opening: Promise<Claims> | null = null;
  let running: Promise<void> | null = null;
  let isStopped = false;

  function changed(): void {
    revision++;
    if (!isStopped) deps.onChange();
  }

  async function open(): Promise<Claims> {
    const { openClaims } = await loaded(import("../claims/open_claims.ts")).catch((error) => {
      opening = null;
      throw error;
    });
    return openClaims({ ...deps, onChange: changed });
  }

  const claims = () => opening ??= open();

  async function attempt(task: () => Promise<void>): Promise<void> {
    try {
      if (!isStopped) await task();
    } catch (error) {
      // Whoever looks at the claims is told; here it is tried again later.
      if (!(error instanceof UserError) && !isStopped) onFault(error);
    }
  }

  async function compare(primary: string): Promise<void> {
    comparedAtMs.set(primary, nowMs());
    await attempt(async () => await (await claims()).refresh(primary, "none"));
  }

  function isToCompare({ primary, state, contact, chain }: ConversationRecord): boolean {
    const isRested = nowMs() - (comparedAtMs.get(primary) ?? -Infinity) >= COMPARE_PAUSE_MS;
    return state === "accepted" && contact !== null && chain.told !== null && isRested;
  }

  async function work(): Promise<void> {
    const isOwnDue = head ? nowMs() - head.readAtMs >= OWN_EVERY_MS : isRestored;
    if (isOwnDue) {
      await attempt(async () => await (await claims()).refresh(account.primary, "none"));
    }
    const next = () => ledger.conversations().find(isToCompare);
    for (let one = next(); one && !isStopped; one = next()) await compare(one.primary);
  }

  function ownHeadIs(next: OwnHead): void {
    const isNews = next.head !== (head?.head ?? null);
    head = next;
    if (isNews) deps.onOwnHead();
  }

  function kick(): Promise<void> {
    return running ??= work().finally(() => {
      running = null;
    });
  }

  const endFollowing = ledger.onCommit((changes: Change[]) => {
    for (const change of changes) {
      if (!("put" in change)) continue;
      if (change.put === "value" && change.name === OWN_HEAD) ownHeadIs(change.value as OwnHead);
      if (change.put === "conversation" && isToCompare(change.conversation)) void kick();
    }
  });

  return {
    get revision() {
      return revision;
    },
    get ownHead() {
      return head && head.length > 0 ? { length: head.length, head: head.head } : null;
    },
    view: async (primary) => await (await claims()).view(primary),
    refresh: async (primary, checks) => await (await claims()).refresh(primary, checks),
    refreshDue: async (primary) => await (await claims()).refreshDue(primary),
    add: async (wish, options) => await (await claims()).add(wish, options),
    inspect: async (handle) => await (await claims()).inspect(handle),
    revoke: async (entry) => await (await claims()).revoke(entry),
    kick,
    stop() {
      isStopped = true;
      endFollowing();
    },
  };
}
