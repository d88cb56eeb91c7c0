import type { Message } from "../../../protocol/message.ts";
import type { NostrEvent } from "../../../protocol/nostr_event.ts";
import type { ConversationRecord } from "../../storage/chat_records.ts";
import type { Ledger } from "../ledger.ts";

/** What is needed to judge an inbound message. */
export interface InboundContext {
  event: NostrEvent;
  /** The relay that brought it. */
  relayUrl: string;
  ledger: Ledger;
  /** The own primary. */
  primary: string;
  identitySecret: Uint8Array;
  nowMs(): number;
}

/** Verified quiet mail of an accepted peer, or of another device of the owner. */
export interface InboundQuiet {
  message: Message;
  /** The primary of the conversation; the own one for what only the own devices share. */
  peer: string;
  isOwn: boolean;
  /** Null where another device knows a peer that this one has not heard of. */
  conversation: ConversationRecord | null;
  context: InboundContext;
}
