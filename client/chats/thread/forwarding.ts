import type { Owner } from "../conversation/conversation_view.ts";
import { UserError } from "../../user_error.ts";
import { attachmentOf, type Files } from "../files/files.ts";
import type { Ledger } from "../ledger.ts";
import { writtenMessageOf } from "./message_of_key.ts";
import type { Forward } from "../model/file_model.ts";
import type { Outbound } from "../outgoing/outbound.ts";
import type { OutgoingFiles } from "../outgoing/outgoing_files.ts";

/**
 * Sends what a message says to somebody else. A file is sealed and uploaded anew, so that neither its host nor its first
 * author are shown to whom it goes. Of a message that is not here any more nothing happens.
 *
 * @throws UserError, see `Chats.forward`
 */
export async function forwardMessage(
  { primary, key, id }: Forward,
  { ledger, outbound, outgoingFiles, files, owner, peer }: {
    ledger: Ledger;
    outbound: Outbound;
    outgoingFiles: OutgoingFiles;
    files: Files;
    owner: Owner;
    /** The primary to whom it goes. */
    peer: string;
  },
): Promise<void> {
  const message = await writtenMessageOf(key, { primary, ledger, owner });
  if (!message || message.deletedAtMs !== null) return;
  const { body } = message;
  const attachment = attachmentOf(message);
  if (attachment) {
    const { duration_ms: durationMs, name, mime, width, height, thumbhash } = attachment;
    const { waveform, caption } = attachment;
    const blob = await files.open(message);
    // Somebody cancelled its download meanwhile.
    if (!blob) throw new UserError("no_network");
    const file = { blob, name, mime, width, height, thumbhash, durationMs, waveform, caption };
    await outbound.queue(await outgoingFiles.draft(file, { peer, id }));
  } else if ("text" in body) {
    const text = String(body.text);
    await outbound.queue(outbound.draft({ peer, content: { kind: "text", text }, id }));
  }
}
