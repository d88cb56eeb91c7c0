import type { Change } from "../../storage/chat_changes.ts";
import type { ConversationRecord, MessageRecord } from "../../storage/chat_records.ts";
import { compareOrder } from "../conversation/conversation_changes.ts";
import type { Ledger } from "../ledger.ts";

/** Bounds of what strangers may put on this disk, together some 50 MB; the oldest goes. */
export const MAX_REQUESTS = 200;
export const MAX_REQUEST_MESSAGES = 100;
const MAX_REQUEST_BYTES = 256 * 1024;

/**
 * Makes room for a stranger's new message.
 *
 * @returns what has to go, which can be the new message itself, and the request's new counts
 */
export async function roomForRequest(
  request: ConversationRecord,
  { record, ledger }: { record: MessageRecord; ledger: Ledger },
): Promise<{ room: Change[]; requestCount: number; requestBytes: number }> {
  const room = oldestRequest(request, ledger);
  let requestCount = request.requestCount + 1;
  let requestBytes = request.requestBytes + record.bytes;
  const isFull = () => requestCount > MAX_REQUEST_MESSAGES || requestBytes > MAX_REQUEST_BYTES;
  if (!isFull()) return { room, requestCount, requestBytes };
  const limit = MAX_REQUEST_MESSAGES;
  const held = await ledger.storage.oldestMessages(request.primary, limit);
  for (const { from, id, bytes } of [...held, record].sort(compareOrder)) {
    if (!isFull()) break;
    room.push({ delete: "message", from, id });
    requestCount--;
    requestBytes -= bytes;
  }
  return { room, requestCount, requestBytes };
}

function oldestRequest(newest: ConversationRecord, ledger: Ledger): Change[] {
  if (ledger.conversation(newest.primary)) return [];
  const requests = ledger.conversations().filter(({ state }) => state === "request");
  if (requests.length < MAX_REQUESTS) return [];
  const lastAtMs = (request: ConversationRecord) => request.last?.atMs ?? request.beganAtMs;
  const oldest = requests.reduce((a, b) => (lastAtMs(b) < lastAtMs(a) ? b : a));
  return [{ delete: "conversation", primary: oldest.primary }];
}
