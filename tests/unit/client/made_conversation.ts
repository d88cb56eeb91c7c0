import { emptyConversation } from "../../../client/chats/conversation/conversation_changes.ts";
import { viewConversation } from "../../../client/chats/conversation/conversation_view.ts";
import type { ConversationView } from "../../../client/chats/model/conversation_model.ts";

/** A conversation as screens are given it, with somebody called `name` or `name@server`. */
export function madeConversation(
  peer: string,
  more: Partial<ConversationView> = {},
): ConversationView {
  const [title = "", server = null] = peer.split("@");
  const primary = `ed25519:${peer}`;
  const record = emptyConversation({ primary, state: "accepted", nowMs: 0 });
  const owner = { handle: "owner", server: "kez.test", primary: "ed25519:owner" };
  return { ...viewConversation(record, owner), peer, title, handle: title, server, ...more };
}
