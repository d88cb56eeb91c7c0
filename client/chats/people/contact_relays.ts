import { KIND } from "../../../protocol/nostr_event.ts";
import { isPrivateHost } from "../../../protocol/private_host.ts";
import { readRelaysOf } from "../../relays/relay_list.ts";
import type { RelayQueries } from "../../relays/relay_queries.ts";
import { MAX_CONTACT_RELAYS, relaysOfOthers } from "../../relays/relay_url.ts";
import { isUserError } from "../../user_error.ts";
import type { Ledger } from "../ledger.ts";

/** Keeps what contacts say that they read. */
export interface ContactRelays {
  /**
   * Asks a contact's home relay for the contact's own list, at most every ten minutes once it is found. Strangers are not asked about.
   * Never rejects.
   */
  refresh(primary: string): Promise<void>;
}

const PAUSE_MS = 10 * 60 * 1000;

/**
 * Contacts' lists, one contact a request, over connections that never AUTH. (NIP-65; specification page 4)
 *
 * @param onListed a contact's mail may go elsewhere now
 */
export function createContactRelays(
  { ledger, queries, account, nowMs, onListed, onFault }: {
    ledger: Ledger;
    queries: RelayQueries;
    account: { primary: string; homeRelay: string };
    nowMs(): number;
    onListed(): void;
    onFault(error: unknown): void;
  },
): ContactRelays {
  // Somebody else's list must not have us knock at our own doors, unless all of this world is in one house.
  const mayBePrivate = isPrivateHost(new URL(account.homeRelay).host);
  const askedAtMs = new Map<string, number>();

  async function ask(primary: string, { relay, author }: { relay: string; author: string }) {
    const events = await queries.ask(relay, { author, kinds: [KIND.relayList] });
    const newest = events?.[0];
    // Who is new may publish it in a moment.
    if (!newest) return void askedAtMs.delete(primary);
    const { created_at: createdAtS } = newest;
    const named = readRelaysOf(newest, { mayBeLoopback: mayBePrivate });
    const urls = relaysOfOthers(named, { mayBePrivate }).slice(0, MAX_CONTACT_RELAYS);
    await ledger.write(async () => {
      const conversation = ledger.conversation(primary);
      const isNews = conversation?.peerNostr === author &&
        createdAtS > (conversation.listedRelays?.createdAtS ?? -1);
      if (!isNews) return;
      const changed = { ...conversation, listedRelays: { urls, createdAtS } };
      await ledger.commit([{ put: "conversation", conversation: changed }]);
    });
    onListed();
  }

  return {
    async refresh(primary) {
      const conversation = ledger.conversation(primary);
      const relay = conversation?.contact?.relays[0];
      const author = conversation?.peerNostr;
      if (conversation?.state !== "accepted" || !relay || !author) return;
      const lastMs = askedAtMs.get(primary) ?? -Infinity;
      if (primary === account.primary || nowMs() - lastMs < PAUSE_MS) return;
      askedAtMs.set(primary, nowMs());
      try {
        await ask(primary, { relay, author });
      } catch (error) {
        if (!isUserError(error, "storage_failed")) onFault(error);
      }
    },
  };
}
