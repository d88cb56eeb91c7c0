import { ProtocolError } from "../../protocol/errors.ts";
import { type AttachmentBody, isKnownBody } from "../../protocol/message_body.ts";
import { MAX_KEPT_BYTES, MAX_TAKEN_BYTES } from "../attachments/file_limit.ts";
import { shownType } from "../attachments/file_kind.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { MessageRecord } from "../storage/chat_records.ts";
import { isUserError, UserError } from "../user_error.ts";
import { createLanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import { loadCipher } from "./load_cipher.ts";

/** The files of messages: kept sealed on this device, and fetched where they are not. */
export interface Files {
  /**
   * The file of a message, of the type that its bytes have. Nothing is fetched before its sender is accepted.
   *
   * @throws UserError `file_gone`, `file_damaged`, `file_too_large`, `no_network`, `storage_failed`
   */
  open(message: MessageRecord): Promise<Blob>;
  stop(): void;
}

/** The body of a message that brings a file; null for any other. */
export function attachmentOf({ body }: Pick<MessageRecord, "body">): AttachmentBody | null {
  return isKnownBody(body) && body.kind === "attachment" ? body : null;
}

/** Files of one contact that are fetched at a time: each is in memory, and a host that dawdles holds up no other contact. */
const MAX_FETCHES = 3;

/** @param maxKeptBytes what may stay of files that could be fetched again */
export function createFiles(
  { ledger, blobs, nowMs, onFault, maxKeptBytes = MAX_KEPT_BYTES }: {
    ledger: Ledger;
    blobs: BlobServer;
    nowMs(): number;
    onFault(error: unknown): void;
    maxKeptBytes?: number;
  },
): Files {
  const opening = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  const ending = new AbortController();
  const lanes = createLanes(MAX_FETCHES);
  const { storage } = ledger;

  function mayFetch({ peer }: MessageRecord): boolean {
    const state = ledger.conversation(peer)?.state;
    return state === "accepted" || state === "key_changed";
  }

  async function read(message: MessageRecord): Promise<Uint8Array<ArrayBuffer>> {
    const kept = await storage.file(message);
    if (kept) return kept;
    const body = attachmentOf(message);
    if (!body || !mayFetch(message)) throw new UserError("file_gone");
    const bytes = await lanes.run(message.peer, () => fetchFile(body));
    await keep(message, bytes);
    return bytes;
  }

  async function fetchFile(body: AttachmentBody): Promise<Uint8Array<ArrayBuffer>> {
    if (body.size > MAX_TAKEN_BYTES) throw new UserError("file_too_large");
    const { openAttachment, sealedSize } = await loadCipher();
    const { signal } = ending;
    const sealed = await blobs.fetch(body.url, { maxBytes: sealedSize(body.size), signal });
    try {
      return await openAttachment(sealed, body);
    } catch (cause) {
      if (!(cause instanceof ProtocolError)) throw cause;
      throw new UserError("file_damaged", { cause });
    }
  }

  /** Of a message that is gone meanwhile nothing is kept. */
  async function keep(message: MessageRecord, bytes: Uint8Array): Promise<void> {
    const { from, id } = message;
    try {
      await ledger.write(async () => {
        const now = await storage.message(message);
        if (!now || !attachmentOf(now)) return;
        await ledger.commit([{ put: "file", from, id, bytes, cachedAtMs: nowMs() }]);
        const surplus = await storage.surplusFiles(maxKeptBytes);
        await ledger.commit(surplus.map((key): Change => ({ delete: "file", key })));
      });
    } catch (error) {
      // It can be looked at all the same.
      if (!isUserError(error, "storage_failed")) onFault(error);
    }
  }

  return {
    async open(message) {
      const name = `${message.from} ${message.id}`;
      const reading = opening.get(name) ?? read(message).finally(() => opening.delete(name));
      opening.set(name, reading);
      const bytes = await reading;
      return new Blob([bytes], { type: shownType(bytes) });
    },
    stop: () => ending.abort(),
  };
}
