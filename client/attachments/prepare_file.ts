import type { OutgoingFile } from "../chats/model/file_model.ts";
import { UserError } from "../user_error.ts";
import { sniffType } from "./file_kind.ts";
import { preparePicture } from "./prepare_picture.ts";

/** A file that can be sent. */
export interface PreparedFile {
  file: OutgoingFile;
  /** True for a film, and a picture that could not be drawn anew: it goes with all that a camera wrote into it. */
  isAsItIs: boolean;
}

/** As much as tells what a file is. */
const HEAD_BYTES = 16;
/** What films begin with, and the photos of some phones. */
const FILM = "audio/mp4";

/**
 * Pictures are drawn anew, but for those that move; anything else goes as it is. What is one, its bytes say first: a browser knows
 * the name alone.
 *
 * @throws UserError `file_unreadable`
 */
export async function prepareFile(file: File): Promise<PreparedFile> {
  const sniffed = sniffType(await headOf(file));
  const type = sniffed.startsWith("image/") ? sniffed : file.type;
  const isPicture = type.startsWith("image/");
  const picture = isPicture ? await preparePicture(file, type) : null;
  if (picture) return { file: picture, isAsItIs: false };
  const mime = file.type || "application/octet-stream";
  const isFilm = mime.startsWith("video/") || (file.type === "" && sniffed === FILM);
  return { file: { blob: file, name: file.name, mime }, isAsItIs: isPicture || isFilm };
}

/** A folder that was dropped looks like a file until it is read. */
async function headOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  } catch (cause) {
    throw new UserError("file_unreadable", { cause });
  }
}
