import type { FileKind } from "../../attachments/file_kind.ts";
import type { MessageView } from "../../chats/model/message_model.ts";
import { t } from "../../text/text.ts";
import { fileWords } from "../attachment/file_words.ts";

/** The message that is answered or edited in the composer. */
export interface ComposerTarget {
  type: "reply" | "edit";
  message: MessageView;
}

/** What a message says, in a line; in words where it has none. */
export function lineOf(
  { kind, line, file }: { kind: string; line: string; file?: FileKind },
): string {
  if (kind === "deleted") return t.actions.deleted;
  if (kind === "missing") return t.actions.missing;
  return line || fileWords(file) || t.thread.unsupported;
}
