import { KIND, type NostrEvent } from "../../../protocol/nostr_event.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import type { Ledger } from "../ledger.ts";

/** A list of one's own may be longer; more than these are not kept of a message. */
const MAX_RELAYS = 16;

/** The message with one more relay that has it; the very same one where that is known. */
export function withRelay(message: MessageRecord, relayUrl: string): MessageRecord {
  const { relays } = message;
  if (relays.includes(relayUrl) || relays.length >= MAX_RELAYS) return message;
  return { ...message, relays: [...relays, relayUrl] };
}

/**
 * Keeps that a relay has a message that came over another one before.
 *
 * @throws UserError `storage_failed`
 */
export async function noteRelay(
  ledger: Ledger,
  { event, relayUrl }: { event: NostrEvent; relayUrl: string },
): Promise<void> {
  if (event.kind !== KIND.message) return;
  const find = () => ledger.storage.messageOfEvent(event.id);
  const found = await find();
  if (!found || withRelay(found, relayUrl) === found) return;
  await ledger.write(async () => {
    const current = await find();
    const noted = current && withRelay(current, relayUrl);
    if (noted && noted !== current) await ledger.commit([{ put: "message", message: noted }]);
  });
}
