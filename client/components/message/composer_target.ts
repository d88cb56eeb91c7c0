import type { MessageView } from "../../chats/model.ts";
import { t } from "../../text/text.ts";

/** The message that is answered or edited in the composer. */
export interface ComposerTarget {
  type: "reply" | "edit";
  message: MessageView;
}

/** What a message says, in a line; in words where it has none. */
export function lineOf({ kind, line }: { kind: string; line: string }): string {
  if (kind === "deleted") return t.actions.deleted;
  if (kind === "missing") return t.actions.missing;
  return line || t.thread.unsupported;
}
