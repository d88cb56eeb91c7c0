import { addrOf } from "../../../protocol/addr.ts";
import type { VerifyEd25519 } from "../../../protocol/ed25519.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { openMail } from "../../../protocol/mail.ts";
import { eventId, KIND, type NostrEvent, tagValue } from "../../../protocol/nostr_event.ts";
import { STRANGERS } from "../../storage/chat_changes.ts";
import { isUserError, UserError } from "../../user_error.ts";
import { ackChanges } from "./inbound_ack.ts";
import { messageChanges } from "./inbound_message.ts";
import type { DropCounts, DropReason, Outcome } from "./inbound_outcome.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "../outgoing/outbox.ts";
import { noteRelay } from "../outgoing/message_relays.ts";
import type { Pacer } from "../pacer.ts";

/** Deals with the events that the own relays hold for this account. */
export interface Inbound {
  readonly dropped: DropCounts;
  /**
   * Takes an event from a relay. From however many relays it comes, and also where they bring it at once, it is opened
   * once; of the others it is noted that they have it.
   *
   * @throws UserError `storage_failed` where the event could not be kept, or the chats are closed: it has to come again
   */
  receive(event: NostrEvent, relayUrl: string): Promise<void>;
}

const KINDS: ReadonlySet<number> = new Set([KIND.message, KIND.quiet, KIND.typing]);

/** These may open another day, with a clock set right. */
const NOT_YET = new Set<DropReason>(["from_future"]);

/**
 * Opens mail and writes all that one event brings in one transaction, so that a crash loses nothing and doubles nothing.
 *
 * @param isStopped true once the secrets may be gone: then nothing is judged any more, and comes again another day
 * @param onUnconfirmed a peer's handle may be asked for
 * @param onTyping deals with what is not kept
 * @param onFault an event failed for a reason that neither its sender nor the disk gave; it is dropped
 */
export function createInbound(
  {
    ledger,
    outbox,
    primary,
    identitySecret,
    verifyEd25519,
    nowMs,
    isStopped,
    onUnconfirmed,
    onFault,
    onTyping,
    pacer,
  }: {
    ledger: Ledger;
    outbox: Pick<Outbox, "add" | "removal" | "forget">;
    primary: string;
    identitySecret: Uint8Array;
    verifyEd25519: VerifyEd25519;
    nowMs(): number;
    isStopped(): boolean;
    onUnconfirmed(primary: string): void;
    onFault(error: unknown): void;
    onTyping(event: NostrEvent): Promise<void>;
    pacer: Pacer;
  },
): Inbound {
  const addr = addrOf(primary);
  const dropped: DropCounts = {};
  /** What is being opened, by event id. */
  const opening = new Map<string, Promise<boolean>>();

  function count(reason: DropReason): void {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  }

  function assertOpen(): void {
    if (isStopped()) throw new UserError("storage_failed");
  }

  async function judge(event: NostrEvent, relayUrl: string): Promise<Outcome> {
    const opened = await openMail(event, { identitySecret, nowMs: nowMs(), verifyEd25519 });
    const context = { event, relayUrl, ledger, primary, identitySecret, nowMs };
    return await ledger.write(async () => {
      assertOpen();
      const outcome = opened.type === "ack"
        ? await ackChanges(opened.ack, context)
        : await messageChanges(opened.message, context);
      const { entries = [], cutOff = [] } = outcome;
      const isCutOff = ({ peer }: { peer: string }) => cutOff.includes(peer);
      await ledger.commit([...outcome.changes, ...outbox.removal(isCutOff)]);
      outbox.forget(isCutOff);
      outbox.add(entries);
      return outcome;
    });
  }

  async function refuse(event: NostrEvent, reason: DropReason): Promise<Outcome> {
    // Without the secrets every envelope looks like somebody else's.
    assertOpen();
    const changes = NOT_YET.has(reason)
      ? []
      : [{ put: "seen_event" as const, eventId: event.id, pool: STRANGERS, atMs: nowMs() }];
    await ledger.write(() => ledger.commit(changes));
    return { changes, dropped: reason };
  }

  /** False where it was opened before. */
  async function open(event: NostrEvent, relayUrl: string): Promise<boolean> {
    if (await ledger.storage.isEventSeen(event.id)) return false;
    const outcome = await judge(event, relayUrl).catch((error) => {
      // Nothing was kept: the event has to come again. Whatever else went wrong would go wrong again.
      if (isUserError(error, "storage_failed")) throw error;
      if (error instanceof ProtocolError) return refuse(event, error.code);
      onFault(error);
      return refuse(event, "fault");
    });
    if (outcome.dropped) count(outcome.dropped);
    for (const primary of [outcome.unconfirmed ?? []].flat()) onUnconfirmed(primary);
    return true;
  }

  /** The first relay that brings an event has it opened; the others wait for that, and bring it again where it failed. */
  async function openOnce(event: NostrEvent, relayUrl: string): Promise<void> {
    const running = opening.get(event.id);
    const opened = running ?? open(event, relayUrl).finally(() => opening.delete(event.id));
    opening.set(event.id, opened);
    const isOpenedNow = await opened;
    if (running || !isOpenedNow) await noteRelay(ledger, { event, relayUrl });
  }

  async function receive(event: NostrEvent, relayUrl: string): Promise<void> {
    assertOpen();
    if (!KINDS.has(event.kind) || tagValue(event, "q") !== addr || eventId(event) !== event.id) {
      return count("foreign_event");
    }
    if (event.kind === KIND.typing) await onTyping(event);
    else await openOnce(event, relayUrl);
    await pacer.breathe();
  }

  return { dropped, receive };
}
