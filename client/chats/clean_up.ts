import type { Owner } from "./conversation/conversation_view.ts";
import type { Ledger } from "./ledger.ts";
import { removalOf } from "./conversation/message_removal.ts";
import type { ConversationUse } from "./model/model.ts";

/** What chats take up on this device, and how to make room. Every method throws UserError `storage_failed`. */
export interface CleanUp {
  /** How many messages each conversation has, the largest first; those without any are left out. */
  use(): Promise<ConversationUse[]>;
  countOlder(beforeMs: number): Promise<number>;
  /** Removes every message from before a time. @returns how many went */
  deleteOlder(beforeMs: number): Promise<number>;
}

/** Messages that go in one transaction. */
const BATCH_MESSAGES = 100;

/** The clean-up of the account's chats. */
export function createCleanUp({ ledger, owner }: { ledger: Ledger; owner: Owner }): CleanUp {
  const { storage } = ledger;
  const primaries = () => ledger.conversations().map(({ primary }) => primary);
  const count = (peer: string, beforeMs?: number) => storage.countMessages({ peer, beforeMs });

  const removeBatch = (peer: string, beforeMs: number) =>
    ledger.write(async () => {
      const oldest = await storage.oldestMessages(peer, BATCH_MESSAGES);
      const old = oldest.filter(({ atMs }) => atMs < beforeMs);
      await ledger.commit(await removalOf(old, { ledger, ownPrimary: owner.primary }));
      return old.length;
    });

  return {
    async use() {
      const all = primaries().map(async (primary) => ({ primary, messages: await count(primary) }));
      const used = (await Promise.all(all)).filter(({ messages }) => messages > 0);
      return used.sort((a, b) => b.messages - a.messages);
    },
    async countOlder(beforeMs) {
      const counts = await Promise.all(primaries().map((primary) => count(primary, beforeMs)));
      return counts.reduce((sum, each) => sum + each, 0);
    },
    async deleteOlder(beforeMs) {
      let total = 0;
      for (const primary of primaries()) {
        for (let gone = BATCH_MESSAGES; gone === BATCH_MESSAGES; total += gone) {
          gone = await removeBatch(primary, beforeMs);
        }
      }
      return total;
    },
  };
}
