import { largestFile } from "../../attachments/file_limit.ts";
import { cleanFileName } from "../../attachments/file_name.ts";
import type { BlobServer } from "../../blobs/blob_server.ts";
import { UserError } from "../../user_error.ts";
import { loaded } from "../../loaded.ts";
import type { OutgoingFile } from "../model/file_model.ts";
import type { Draft, Outbound } from "./outbound.ts";

/** Makes messages of files. */
export interface OutgoingFiles {
  /**
   * Seals a file, and signs the message that names it; nothing is uploaded yet.
   *
   * @throws UserError `file_too_large`, `message_too_long`, `no_network` where this part of the app could not be loaded
   */
  draft(
    file: OutgoingFile,
    options: { peer: string; id: string; replyTo?: string },
  ): Promise<Draft>;
}

/** A sealed file is found by its own hash: where it will lie is known before it is there. */
export function createOutgoingFiles(
  { outbound, blobs, randomBytes }: {
    outbound: Outbound;
    blobs: BlobServer;
    randomBytes(length: number): Uint8Array;
  },
): OutgoingFiles {
  return {
    async draft({ blob, name, mime, caption = "", ...shape }, options) {
      const maxBytes = largestFile(await blobs.maxBytes());
      if (blob.size > maxBytes) throw new UserError("file_too_large", { detail: String(maxBytes) });
      const { attachmentKey, sealAttachment } = await loaded(
        import("../../../protocol/attachment_cipher.ts"),
      );
      const file = new Uint8Array(await blob.arrayBuffer());
      const key = attachmentKey(randomBytes(44), file.length);
      const { sha256 } = await sealAttachment(file, key);
      const { width, height, thumbhash, durationMs, waveform } = shape;
      const content = {
        kind: "attachment" as const,
        url: blobs.urlOf(sha256),
        sha256,
        ...key,
        name: cleanFileName(name),
        mime,
        ...(width && height ? { width, height } : {}),
        ...(thumbhash === undefined ? {} : { thumbhash }),
        ...(durationMs === undefined ? {} : { duration_ms: Math.round(durationMs) }),
        ...(waveform === undefined ? {} : { waveform }),
        ...(caption.trim() === "" ? {} : { caption: caption.toWellFormed() }),
      };
      return outbound.draft({ ...options, content, file });
    },
  };
}
