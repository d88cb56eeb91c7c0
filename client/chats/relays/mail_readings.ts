import { MAX_MESSAGE_AGE_MS } from "../../../protocol/message.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { MailReading } from "../../relays/mail_subscription.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import { STRANGERS } from "../../storage/chat_changes.ts";
import { prunePendingActions, pruneSeenIds } from "../../storage/chat_pruning.ts";
import type { Database } from "../../storage/database.ts";
import type { Sealer } from "../../storage/sealer.ts";
import type { Ledger } from "../ledger.ts";

/** How far back a device reads that has never read before; one that was restored reads all. (Specification page 4) */
const FIRST_WINDOW_MS = 48 * 60 * 60 * 1000;
/** Ids are pruned at the start, and then once so many more have come. */
const PRUNE_EVERY_EVENTS = 500;

/** How the own mail is read from a relay: each has a cursor of its own. */
export function createMailReadings(
  { ledger, account, database, sealer, environment, isRestored, receive, onFault }: {
    ledger: Ledger;
    account: { addr: string };
    database: Database;
    sealer: Sealer;
    environment: RelayEnvironment;
    isRestored: boolean;
    receive(event: NostrEvent, relayUrl: string): Promise<void>;
    onFault(error: unknown): void;
  },
): (relayUrl: string) => MailReading {
  let untilPruning = 0;
  async function prune(): Promise<void> {
    if (untilPruning-- > 0) return;
    untilPruning = PRUNE_EVERY_EVENTS;
    const pools = [STRANGERS, ...ledger.conversations().map(({ primary }) => primary)];
    const nowMs = environment.nowMs();
    await pruneSeenIds({ database, sealer }, { pools, nowMs });
    await prunePendingActions(database, nowMs);
  }
  return (relayUrl) => ({
    addr: account.addr,
    isQuietFirst: isRestored,
    firstWindowMs: isRestored ? MAX_MESSAGE_AGE_MS : FIRST_WINDOW_MS,
    cursor: () => ledger.storage.cursor(relayUrl),
    saveCursor: (createdAtS) =>
      ledger.write(() => ledger.commit([{ put: "cursor", relayUrl, createdAtS }])),
    async onEvent(event) {
      // Mail need not wait for what takes up room; where the disk fails, whoever writes next says so.
      await prune().catch((error) => error instanceof DOMException || onFault(error));
      await receive(event, relayUrl);
    },
  });
}
