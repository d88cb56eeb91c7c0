import type { MessageView } from "../../chats/model/message_model.ts";
import { t } from "../../text/text.ts";

/**
 * Why a message is not sent, in one sentence. Relays begin a refusal with a word for machines (NIP-01): what is known is
 * told in the words of the app, what is not in the relay's own.
 *
 * @param peerName of whom it is for
 */
export function failureWords(
  { failure, file }: Pick<MessageView, "failure" | "file">,
  peerName: string,
): string {
  if (failure === null) return file ? t.attachment.notSent : t.thread.notSent;
  if (/^(blocked|restricted):/.test(failure)) return t.thread.refused(peerName);
  if (failure.startsWith("rate-limited:")) return t.thread.refusedForNow(peerName);
  return t.thread.notSentReason(failure);
}
