import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, OutboxEntry } from "../../storage/chat_records.ts";
import { isForward, withStatus } from "../conversation/conversation_changes.ts";
import { withRunningTimer } from "../conversation/disappearing.ts";
import type { Ledger } from "../ledger.ts";
import { withRelay } from "./message_relays.ts";
import { withUntoldEvents } from "./sent_events.ts";

/** What the outbox can say of a message; that it was delivered, only the peer can. */
export type OutboxStatus = "sending" | "sent" | "failed";

/** The changes that show a message's new status, in its thread and in the list; none where it is further already. */
export async function statusChanges(
  { from, id, peer }: Pick<OutboxEntry, "from" | "id" | "peer">,
  { ledger, status, failure = null, takenBy = null, nowMs }: {
    ledger: Ledger;
    status: OutboxStatus;
    failure?: string | null;
    /** The relay that took it. */
    takenBy?: string | null;
    nowMs: number;
  },
): Promise<Change[]> {
  const known = await ledger.storage.message({ from, id });
  if (!known) return [];
  const noted = takenBy === null ? known : withRelay(known, takenBy);
  // Until a relay has taken it, it goes to and fro between sending and failed.
  if (known.status === status || !isForward(known.status, "sent")) {
    return noted === known ? [] : [{ put: "message", message: noted }];
  }
  const changed = { ...noted, status, failure };
  const message = status === "sent" ? withRunningTimer(changed, nowMs) : changed;
  const conversation = ledger.conversation(peer);
  const changes: Change[] = [{ put: "message", message }];
  if (conversation) {
    const shown = withStatus(conversation, { message, isOwn: true });
    changes.push({ put: "conversation", conversation: shown });
  }
  return changes;
}

/** The changes once a message has left: it is `sent`, and the own devices are to be told of its events. */
export async function leftChanges(
  entry: Pick<OutboxEntry, "from" | "id" | "peer">,
  { ledger, ...how }: { ledger: Ledger; takenBy: string | null; nowMs: number },
): Promise<Change[]> {
  const changes = await statusChanges(entry, { ledger, status: "sent", ...how });
  const message = await ledger.storage.message(entry);
  const conversation = changedConversation(changes) ?? ledger.conversation(entry.peer);
  if (!message || !conversation) return changes;
  const others = changes.filter((change) => changedConversation([change]) === null);
  return [...others, {
    put: "conversation",
    conversation: withUntoldEvents(conversation, message),
  }];
}

function changedConversation(changes: Change[]): ConversationRecord | null {
  for (const change of changes) {
    if ("put" in change && change.put === "conversation") return change.conversation;
  }
  return null;
}
