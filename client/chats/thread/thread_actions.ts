import type { MessageBody } from "../../../protocol/message_body.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord, OutboxEntry } from "../../storage/chat_records.ts";
import { UserError } from "../../user_error.ts";
import { isUnsent } from "../conversation/conversation_changes.ts";
import type { Owner } from "../conversation/conversation_view.ts";
import type { Files } from "../files/files.ts";
import { type ActionBody, actionOf, changesOfAction } from "../incoming/inbound_action.ts";
import type { Ledger } from "../ledger.ts";
import { messageOf, writtenMessageOf } from "./message_of_key.ts";
import { removalOf } from "../conversation/message_removal.ts";
import type { MessageDetails } from "../model/message_model.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import type { QuietMail } from "../outgoing/quiet_mail.ts";
import type { UnwantedBlobs } from "../files/unwanted_blobs.ts";

/** What a person does to single messages of a conversation. Of what is not there any more nothing happens. */
export interface ThreadActions {
  /** @throws UserError, see `Thread.react` */
  react(messageKey: string, emoji: string): Promise<void>;
  /** @throws UserError, see `Thread.edit` */
  edit(messageKey: string, text: string): Promise<void>;
  /** @throws UserError, see `Thread.deleteMessage` */
  remove(messageKey: string, options: { isForAll: boolean }): Promise<void>;
  /** @throws UserError `storage_failed` */
  details(messageKey: string): Promise<MessageDetails | null>;
  /** @throws UserError, see `Thread.openFile` */
  openFile(messageKey: string): Promise<Blob | null>;
  /** See `Thread.cancelDownload`. */
  cancelDownload(messageKey: string): Promise<void>;
}

/** The actions in the conversation with a primary. */
export function createThreadActions(
  { ledger, outbox, quietMail, files, unwantedBlobs, owner, primary, nowMs }: {
    ledger: Ledger;
    outbox: Outbox;
    files: Files;
    quietMail: QuietMail;
    unwantedBlobs: UnwantedBlobs;
    owner: Owner;
    primary: string;
    nowMs(): number;
  },
): ThreadActions {
  const { storage } = ledger;

  async function find(key: string): Promise<MessageRecord | null> {
    const conversation = ledger.conversation(primary);
    return conversation && await messageOf(key, { conversation, storage, owner });
  }

  const findWritten = (key: string) => writtenMessageOf(key, { primary, ledger, owner });

  /** Does to a message what the body says, here and at once, and queues it for everybody who has it. */
  const act = (key: string, bodyOf: (target: MessageRecord) => ActionBody) =>
    ledger.write(async () => {
      const target = await find(key);
      if (!target) return;
      const state = ledger.conversation(primary)?.state;
      if (state === "key_changed") throw new UserError("key_changed");
      if (state !== "accepted") return;
      const body = bodyOf(target);
      const sentAtMs = Math.max(nowMs(), lastActedAtMs(target, owner.primary) + 1);
      const action = actionOf(body, { from: owner.primary, atMs: sentAtMs });
      const changes = changesOfAction(action, { target, ledger, primary: owner.primary });
      if (changes.length === 0 || isAsBefore(target, body, owner.primary)) return;
      const isCalledBack = body.kind === "delete" && isUnsent(target);
      if (isCalledBack) {
        await removeNow(target);
        // No relay has said that it took it, but one may have.
        if (target.eventIds.length === 0) return;
      }
      const entry = quietMail.entry({ peer: primary, body, sentAtMs });
      const isOutdone = (waiting: OutboxEntry) => isOutdoneBy(body, waiting, owner.primary);
      const shown = isCalledBack ? [] : [...changes, ...await unwantedBy(body, target)];
      await commitWithout(isOutdone, [...shown, { put: "outbox", entry }]);
      outbox.add([entry]);
    });

  /** What its author deletes for everyone is not left at the server. */
  const unwantedBy = async (body: ActionBody, target: MessageRecord) =>
    body.kind === "delete" ? await unwantedBlobs.changesFor(target) : [];

  async function commitWithout(
    isOver: (entry: OutboxEntry) => boolean,
    changes: Change[],
  ): Promise<void> {
    await ledger.commit([...outbox.removal(isOver), ...changes]);
    outbox.forget(isOver);
  }

  /** What has not left does not leave any more. */
  async function removeNow(target: MessageRecord): Promise<void> {
    const isOver = ({ from, id }: OutboxEntry) =>
      isUnsent(target) && from === target.from && id === target.id;
    const gone = await removalOf([target], { ledger, ownPrimary: owner.primary });
    const unwanted = isUnsent(target) ? await unwantedBlobs.changesFor(target) : [];
    await commitWithout(isOver, [...gone, ...unwanted]);
  }

  const removeHere = (key: string) =>
    ledger.write(async () => {
      const target = await find(key);
      if (target) await removeNow(target);
    });

  return {
    react: (key, emoji) => act(key, ({ id }) => ({ kind: "reaction", target: id, emoji })),
    async edit(key, text) {
      if (text.trim() === "") return;
      await act(key, ({ id }) => ({ kind: "edit", target: id, text: text.toWellFormed() }));
    },
    async remove(key, { isForAll }) {
      if (isForAll) await act(key, ({ id }) => ({ kind: "delete", target: id }));
      else await removeHere(key);
      unwantedBlobs.remove();
    },
    async openFile(key) {
      const record = await findWritten(key);
      return record && await files.open(record);
    },
    async cancelDownload(key) {
      const record = await findWritten(key);
      if (record) files.cancel(record);
    },
    async details(key) {
      const record = await findWritten(key);
      if (!record) return null;
      const isOwn = record.from === owner.primary;
      return {
        isOwn,
        sentAtMs: record.atMs,
        // Arrivals are numbered by the time at which they came.
        arrivedAtMs: isOwn ? null : record.arrival,
        editedAtMs: record.edit?.atMs ?? null,
        status: record.status,
        relays: record.relays,
      };
    },
  };
}

/** When the owner last did something to a message, on whichever device: what is done next is later, whatever the clock says. */
function lastActedAtMs({ from, edit, reactions, atMs }: MessageRecord, own: string): number {
  const reacted = reactions.filter((one) => one.from === own).map((one) => one.atMs);
  return Math.max(0, ...reacted, ...(from === own ? [atMs, edit?.atMs ?? 0] : []));
}

/** True where a message is as an action wants it already: it was told twice. */
function isAsBefore({ body, reactions }: MessageRecord, wish: ActionBody, own: string): boolean {
  if (wish.kind === "delete") return false;
  if (wish.kind === "edit") return "text" in body && body.text === wish.text;
  return (reactions.find((one) => one.from === own)?.emoji ?? "") === wish.emoji;
}

/**
 * True for what need not leave any more: an earlier wish of this kind and, after a deletion, the message itself. Its copy
 * still leaves, so that the own devices have what was deleted in its place.
 */
function isOutdoneBy(
  wish: ActionBody,
  { from, document, type }: OutboxEntry,
  own: string,
): boolean {
  if (from !== own || type === "ack") return false;
  const { id, body } = document.payload as { id: string; body: MessageBody };
  if (wish.kind === "delete" && id === wish.target && type === "message") return true;
  const isSameTarget = "target" in body && body.target === wish.target;
  return isSameTarget && (body.kind === wish.kind || wish.kind === "delete");
}
