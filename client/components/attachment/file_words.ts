import type { FileKind } from "../../attachments/file_kind.ts";
import { t } from "../../text/text.ts";

/** What a file is, in a word; a file of no special kind is known by its name. */
export function fileWords(kind: FileKind | null | undefined): string {
  if (kind === "picture") return t.attachment.picture;
  if (kind === "voice") return t.attachment.voice;
  return kind === "file" ? t.attachment.file : "";
}
