import type { OutgoingFile } from "../chats/file_model.ts";
import { UserError } from "../user_error.ts";
import { preparePicture } from "./prepare_picture.ts";

/** A file that can be sent. */
export interface PreparedFile {
  file: OutgoingFile;
  /** True for a film, and a picture that could not be drawn anew: it goes with all that a camera wrote into it. */
  isAsItIs: boolean;
}

/**
 * Pictures are drawn anew, but for those that move; anything else goes as it is.
 *
 * @throws UserError `file_unreadable`
 */
export async function prepareFile(file: File): Promise<PreparedFile> {
  await expectReadable(file);
  const isPicture = file.type.startsWith("image/");
  const picture = isPicture ? await preparePicture(file) : null;
  if (picture) return { file: picture, isAsItIs: false };
  const mime = file.type || "application/octet-stream";
  const isAsItIs = isPicture || mime.startsWith("video/");
  return { file: { blob: file, name: file.name, mime }, isAsItIs };
}

/** A folder that was dropped looks like a file until it is read. */
async function expectReadable(file: File): Promise<void> {
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch (cause) {
    throw new UserError("file_unreadable", { cause });
  }
}
