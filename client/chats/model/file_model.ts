import type { FileKind } from "../../attachments/file_kind.ts";

/** What a message says of its file; none of it is known to be true before that was opened. */
export interface FileView {
  kind: FileKind;
  /** Safe to show and to save under. */
  name: string;
  /** In bytes. */
  size: number;
  /** In pixels; null where it is not said. */
  width: number | null;
  height: number | null;
  /** A picture of a few bytes to stand in for it, in base64url; null for none. */
  thumbhash: string | null;
  durationMs: number | null;
  /** How loud a recording is in its parts, a byte each, in base64url; null where it is not said. */
  waveform: string | null;
}

/** A file to be sent. */
export interface OutgoingFile {
  blob: Blob;
  name: string;
  mime: string;
  width?: number;
  height?: number;
  thumbhash?: string;
  durationMs?: number;
  waveform?: string;
  caption?: string;
}

/** A message to be sent to somebody else: its conversation's primary, and its key there. */
export interface Forward {
  primary: string;
  key: string;
  /** The id of the new one, as in `SendOptions`. */
  id: string;
}
