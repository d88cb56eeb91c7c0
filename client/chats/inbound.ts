import { addrOf } from "../../protocol/addr.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { openMail } from "../../protocol/mail.ts";
import { eventId, KIND, type NostrEvent, tagValue } from "../../protocol/nostr_event.ts";
import { STRANGERS } from "../storage/chat_changes.ts";
import { ackChanges } from "./inbound_ack.ts";
import { messageChanges } from "./inbound_message.ts";
import type { DropCounts, DropReason, Outcome } from "./inbound_outcome.ts";
import type { Ledger } from "./ledger.ts";
import type { Outbox } from "./outbox.ts";
import type { Pacer } from "./pacer.ts";

/** Deals with the events that the own relay holds for this account. */
export interface Inbound {
  readonly dropped: DropCounts;
  /** Rejects where the event could not be kept: it has to come again. */
  receive(event: NostrEvent): Promise<void>;
}

/** These may open another day: with a clock set right, or a newer version of the app. */
const NOT_YET = new Set<string>(["from_future", "unsupported_version"]);

/**
 * Opens mail and writes all that one event brings in one transaction, so that a crash loses nothing and doubles nothing.
 *
 * @param isStopped true once the secrets may be gone: then nothing is judged any more, and comes again another day
 * @param onUnconfirmed a peer's handle may be asked for
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
    pacer,
  }: {
    ledger: Ledger;
    outbox: Pick<Outbox, "add">;
    primary: string;
    identitySecret: Uint8Array;
    verifyEd25519: VerifyEd25519;
    nowMs(): number;
    isStopped(): boolean;
    onUnconfirmed(primary: string): void;
    pacer: Pacer;
  },
): Inbound {
  const addr = addrOf(primary);
  const dropped: DropCounts = {};

  function count(reason: DropReason): void {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
  }

  function assertOpen(): void {
    if (isStopped()) throw new Error("The chats are closed.");
  }

  async function judge(event: NostrEvent): Promise<Outcome> {
    const opened = await openMail(event, { identitySecret, nowMs: nowMs(), verifyEd25519 });
    const context = { event, ledger, primary, identitySecret, nowMs };
    return await ledger.write(async () => {
      assertOpen();
      const outcome = opened.type === "ack"
        ? await ackChanges(opened.ack, context)
        : await messageChanges(opened.message, context);
      await ledger.commit(outcome.changes);
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

  async function receive(event: NostrEvent): Promise<void> {
    assertOpen();
    const isMail = event.kind === KIND.message || event.kind === KIND.quiet;
    if (!isMail || tagValue(event, "q") !== addr || eventId(event) !== event.id) {
      return count("foreign_event");
    }
    if (await ledger.storage.isEventSeen(event.id)) return;
    const outcome = await judge(event).catch((error) => {
      if (!(error instanceof ProtocolError)) throw error;
      return refuse(event, error.code);
    });
    if (outcome.dropped) count(outcome.dropped);
    if (outcome.entries) outbox.add(outcome.entries);
    if (outcome.unconfirmed) onUnconfirmed(outcome.unconfirmed);
    await pacer.breathe();
  }

  return { dropped, receive };
}
