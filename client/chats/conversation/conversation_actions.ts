import { type ParsedHandle, parseHandleInput } from "../../../protocol/handle.ts";
import { type Invite, isInviter } from "../../contacts/invite.ts";
import type { ResolvedContact } from "../../contacts/resolve.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import { UserError } from "../../user_error.ts";
import { acceptanceEntries, type Acking } from "../incoming/acks.ts";
import {
  type ContactBook,
  type Directory,
  holderOf,
  isAcquainted,
} from "../people/contact_book.ts";
import {
  asAccepted,
  asBlocked,
  changedByOwner,
  emptyConversation,
} from "./conversation_changes.ts";
import { type Owner, peerOf } from "./conversation_view.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "../outgoing/outbox.ts";

/** What a person does to whole conversations. Peers are path segments, or primaries. */
export interface ConversationActions {
  find(peer: string): ConversationRecord | null;
  /** @throws UserError, see `Chats.startChat` */
  start(input: string): Promise<string>;
  /** @throws UserError, see `Chats.startChatWith` */
  startWith(primary: string): Promise<string>;
  /** @throws UserError, see `Chats.acceptInvite` */
  startInvited(invite: Invite): Promise<string>;
  accept(peer: string): Promise<void>;
  block(peer: string): Promise<void>;
  remove(peer: string): Promise<void>;
}

/** The actions of the conversation list and of message requests. */
export function createConversationActions(
  { ledger, outbox, contacts, directory, owner, acking }: {
    ledger: Ledger;
    outbox: Outbox;
    contacts: ContactBook;
    directory: Directory;
    owner: Owner;
    acking: Acking;
  },
): ConversationActions {
  function find(peer: string): ConversationRecord | null {
    const known = ledger.conversation(peer);
    return known ?? ledger.conversations().find((one) => peerOf(one, owner) === peer) ?? null;
  }

  function findPinned({ handle, server }: ParsedHandle): ConversationRecord | null {
    const home = server ?? owner.server;
    if (handle === owner.handle && home === owner.server) return ledger.conversation(owner.primary);
    return holderOf(ledger, { handle, server: home });
  }

  function resolve({ handle, server }: ParsedHandle): Promise<ResolvedContact> {
    const isHome = server === null || server === owner.server;
    return directory.resolve(isHome ? handle : `${handle}@${server}`);
  }

  /** Begins what a registry has answered to; the conversation of whoever holds the handle already, where it is another one. */
  async function begin(answer: ResolvedContact): Promise<string> {
    const { primary } = answer;
    await ledger.write(async () => {
      const holder = holderOf(ledger, answer);
      const isHeld = holder !== null && isAcquainted(holder);
      if (!isHeld && !ledger.conversation(primary)) {
        const nowMs = acking.nowMs();
        const conversation = emptyConversation({ primary, state: "accepted", nowMs });
        await ledger.commit([{ put: "conversation", conversation }]);
      }
      await ledger.commit(contacts.pinned(answer));
    });
    return holderOf(ledger, answer)?.primary ?? primary;
  }

  async function open(primary: string): Promise<string> {
    // Who looks for somebody blocked wants to talk to them again.
    await unblock(primary);
    return peerOf(ledger.conversation(primary)!, owner);
  }

  /** Changes a conversation, if it is still there, in a write of its own. */
  function change(
    peer: string,
    task: (conversation: ConversationRecord) => Promise<void>,
  ): Promise<void> {
    return ledger.write(async () => {
      const conversation = find(peer);
      if (conversation) await task(conversation);
    });
  }

  /** What the owner decides about somebody, all devices shall know. */
  function decided(conversation: ConversationRecord): ConversationRecord {
    return changedByOwner(conversation, { changes: {}, nowMs: acking.nowMs() });
  }

  async function acceptNow(conversation: ConversationRecord): Promise<void> {
    const { primary } = conversation;
    const entries = await acceptanceEntries(primary, acking);
    await ledger.commit([
      { put: "conversation", conversation: decided(asAccepted(conversation)) },
      ...entries.map((entry): Change => ({ put: "outbox", entry })),
    ]);
    outbox.add(entries);
  }

  /** Writes changes and takes everything to this peer out of the outbox. */
  async function cutOff({ primary }: ConversationRecord, changes: Change[]): Promise<void> {
    const isTheirs = (entry: { peer: string }) => entry.peer === primary;
    await ledger.commit([...changes, ...outbox.removal(isTheirs)]);
    outbox.forget(isTheirs);
  }

  async function accept(peer: string): Promise<void> {
    const primary = find(peer)?.primary;
    if (!primary) return;
    await change(primary, async (conversation) => {
      if (conversation.state === "request") await acceptNow(conversation);
    });
    // Only now may a host that they name be asked.
    void contacts.confirm(primary);
  }

  async function unblock(primary: string): Promise<void> {
    await change(primary, async (conversation) => {
      if (conversation.state !== "blocked") return;
      const accepted = decided(asAccepted(conversation));
      await ledger.commit([{ put: "conversation", conversation: accepted }]);
    });
  }

  return {
    find,
    accept,
    async start(input) {
      const parsed = parseHandleInput(input);
      if (!parsed) throw new UserError("invalid_handle");
      const pinned = findPinned(parsed);
      const primary = pinned?.primary ?? await begin(await resolve(parsed));
      if (pinned) void contacts.refresh(primary);
      return await open(primary);
    },
    async startWith(primary) {
      const known = ledger.conversation(primary);
      if (known && isAcquainted(known)) return peerOf(known, owner);
      const answer = await directory.lookUpPrimary(primary);
      if (!answer) throw new UserError("unknown_handle");
      return await open(await begin(answer));
    },
    async startInvited(invite) {
      const { handle, server, code } = invite;
      if (handle === owner.handle && server === owner.server) return owner.handle;
      const answer = await resolve({ handle, server });
      if (!isInviter(answer.primary, invite)) throw new UserError("invite_mismatch");
      const primary = await begin(answer);
      await accept(primary);
      const peer = await open(primary);
      await change(primary, async (conversation) => {
        if (conversation.hasReplied || primary !== answer.primary) return;
        const coded = { ...conversation, inviteCode: code };
        await ledger.commit([{ put: "conversation", conversation: coded }]);
      });
      return peer;
    },
    block: (peer) =>
      change(peer, async (conversation) => {
        if (conversation.primary === owner.primary) return;
        const blocked = decided(asBlocked(conversation));
        await cutOff(conversation, [{ put: "conversation", conversation: blocked }]);
      }),
    remove: (peer) =>
      change(peer, async (conversation) => {
        const { primary, state } = conversation;
        // Whoever is blocked stays so.
        if (primary !== owner.primary && state !== "blocked") {
          return await cutOff(conversation, [{ delete: "conversation", primary }]);
        }
        const emptied = {
          ...conversation,
          last: null,
          unread: 0,
          requestCount: 0,
          requestBytes: 0,
        };
        await cutOff(conversation, [
          { delete: "messages", primary },
          { put: "conversation", conversation: emptied },
        ]);
      }),
  };
}
