import type { MessageView } from "../../chats/model/message_model.ts";

/** What a person wants to do to a message, and the element that they asked at. */
export interface Acting {
  what: "menu" | "react";
  message: MessageView;
  anchor: HTMLElement;
}
