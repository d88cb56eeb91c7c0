import { isKnownBody } from "../../../protocol/message_body.ts";
import { actionChanges } from "./inbound_action.ts";
import type { InboundQuiet } from "./inbound_context.ts";
import type { Outcome } from "./inbound_outcome.ts";
import { pictureKeyChanges } from "./inbound_picture_key.ts";
import { receiptChanges } from "./inbound_receipt.ts";
import { syncChanges } from "./inbound_sync.ts";

/**
 * What quiet mail changes, by the kind of its body. Each handler has to end in the same for any order and number of the
 * same documents: no ids are remembered for them. (docs/protocol.md, "Quiet mail")
 */
export async function quietChanges(mail: InboundQuiet): Promise<Outcome> {
  const { body } = mail.message.payload;
  if (!isKnownBody(body)) return { changes: [], dropped: "quiet_kind" };
  switch (body.kind) {
    case "reaction":
    case "edit":
    case "delete":
      return await actionChanges(body, mail);
    case "receipt":
      return await receiptChanges(body, mail);
    case "profile_key":
      return pictureKeyChanges(body, mail);
    case "sync":
      return await syncChanges(body, mail);
    default:
      return { changes: [], dropped: "quiet_kind" };
  }
}
