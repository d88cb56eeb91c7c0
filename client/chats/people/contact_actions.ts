import type { ConversationRecord } from "../../storage/chat_records.ts";
import type { Acking } from "../incoming/acks.ts";
import type { ConversationActions } from "../conversation/conversation_actions.ts";
import { asUnblocked, changedByOwner } from "../conversation/conversation_changes.ts";
import { type Owner, peerOf } from "../conversation/conversation_view.ts";
import { acceptSuccessor } from "./key_change.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import { cleanName } from "../conversation/person_name.ts";

/** What a person says about the people they know. Peers are path segments, or primaries. */
export interface ContactActions {
  /** See `Chats.rename`. */
  rename(peer: string, nickname: string | null): Promise<void>;
  setVerified(peer: string, isVerified: boolean): Promise<void>;
  unblock(peer: string): Promise<void>;
  /** @throws UserError, see `Chats.acceptKey` */
  acceptKey(peer: string, primary: string): Promise<string>;
}

/** The actions of the contact details. */
export function createContactActions(
  { conversations, outbox, owner, acking }: {
    conversations: Pick<ConversationActions, "find">;
    outbox: Outbox;
    owner: Owner;
    acking: Acking;
  },
): ContactActions {
  const { ledger, nowMs } = acking;

  /** Changes a conversation, if there is one and the change is due. */
  function change(
    peer: string,
    changesOf: (known: ConversationRecord) => Partial<ConversationRecord> | null,
  ): Promise<void> {
    return ledger.write(async () => {
      const known = conversations.find(peer);
      const changes = known && changesOf(known);
      if (!changes) return;
      const conversation = changedByOwner(known, { changes, nowMs: nowMs() });
      await ledger.commit([{ put: "conversation", conversation }]);
    });
  }

  return {
    rename: (peer, nickname) => change(peer, () => ({ nickname: cleanName(nickname ?? "") })),
    setVerified: (peer, isVerified) =>
      change(peer, ({ state }) => state === "key_changed" ? null : { isVerified }),
    unblock: (peer) =>
      change(peer, (known) => known.state === "blocked" ? asUnblocked(known) : null),
    async acceptKey(peer, primary) {
      await ledger.write(async () => {
        const known = conversations.find(peer);
        if (known && known.primary !== primary) {
          await acceptSuccessor(known, { primary, outbox, acking });
        }
      });
      return peerOf(ledger.conversation(primary)!, owner);
    },
  };
}
