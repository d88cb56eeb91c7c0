import { ProtocolError } from "../../../protocol/errors.ts";
import { type AttachmentBody, isKnownBody } from "../../../protocol/message_body.ts";
import { MAX_KEPT_BYTES, MAX_TAKEN_BYTES } from "../../attachments/file_limit.ts";
import { shownType } from "../../attachments/file_kind.ts";
import type { BlobServer } from "../../blobs/blob_server.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord } from "../../storage/chat_records.ts";
import { isUserError, UserError } from "../../user_error.ts";
import { loaded } from "../../loaded.ts";
import { createLanes } from "../../lanes.ts";
import type { Ledger } from "../ledger.ts";
import { createTransfers, type Transfer } from "./transfers.ts";

type Name = Pick<MessageRecord, "from" | "id">;

/** The files of messages: kept sealed on this device, and fetched where they are not. */
export interface Files {
  /**
   * The file of a message, of the type that its bytes have; null where its download was cancelled. Nothing is fetched
   * before its sender is accepted.
   *
   * @throws UserError `file_gone`, `file_damaged`, `file_too_large`, `no_network`, `storage_failed`
   */
  open(message: MessageRecord): Promise<Blob | null>;
  /** How much of it is downloaded, from 0 to 1; null where nothing of it is, or has been for a moment only. */
  progressOf(message: Name): number | null;
  /** Ends its download, for everybody who waits for it. */
  cancel(message: Name): void;
  /** Calls the listener whenever any progress has changed. Returns what ends it. */
  onChange(listener: () => void): () => void;
  stop(): void;
}

/** The body of a message that brings a file; null for any other. */
export function attachmentOf({ body }: Pick<MessageRecord, "body">): AttachmentBody | null {
  return isKnownBody(body) && body.kind === "attachment" ? body : null;
}

/** Files of one contact that are fetched at a time: each is in memory, and a host that dawdles holds up no other contact. */
const MAX_FETCHES = 3;
/** What comes sooner needs no progress. */
const TOLD_AFTER_MS = 250;

/** @param maxKeptBytes what may stay of files that could be fetched again */
export function createFiles(
  { ledger, blobs, environment, onFault, maxKeptBytes = MAX_KEPT_BYTES }: {
    ledger: Ledger;
    blobs: BlobServer;
    environment: Pick<RelayEnvironment, "nowMs" | "setTimer">;
    onFault(error: unknown): void;
    maxKeptBytes?: number;
  },
): Files {
  const opening = new Map<string, Promise<Uint8Array<ArrayBuffer> | null>>();
  const downloads = createTransfers({ ...environment, toldAfterMs: TOLD_AFTER_MS });
  const lanes = createLanes(MAX_FETCHES);
  const { storage } = ledger;

  function mayFetch({ peer }: MessageRecord): boolean {
    const state = ledger.conversation(peer)?.state;
    return state === "accepted" || state === "key_changed";
  }

  async function read(message: MessageRecord): Promise<Uint8Array<ArrayBuffer> | null> {
    const kept = await storage.file(message);
    if (kept) return kept;
    const body = attachmentOf(message);
    if (!body || !mayFetch(message)) throw new UserError("file_gone");
    const bytes = await download(message, body);
    if (bytes) await keep(message, bytes);
    return bytes;
  }

  /** One that waits for its turn is cancelled at once, too. */
  async function download(
    message: MessageRecord,
    body: AttachmentBody,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const transfer = downloads.begin(message);
    const { signal } = transfer;
    const cancelled = new Promise<null>((resolve) =>
      signal.addEventListener("abort", () => resolve(null))
    );
    const fetching = lanes.run(message.peer, () => fetchFile(body, transfer));
    try {
      return await Promise.race([fetching, cancelled]);
    } catch (error) {
      if (signal.aborted) return null;
      throw error;
    } finally {
      transfer.end();
    }
  }

  async function fetchFile(
    body: AttachmentBody,
    { signal, note }: Transfer,
  ): Promise<Uint8Array<ArrayBuffer>> {
    signal.throwIfAborted();
    if (body.size > MAX_TAKEN_BYTES) throw new UserError("file_too_large");
    const { openAttachment, sealedSize } = await loaded(
      import("../../../protocol/attachment_cipher.ts"),
    );
    const maxBytes = sealedSize(body.size);
    const onProgress = (receivedBytes: number) => note(receivedBytes / maxBytes);
    const sealed = await blobs.fetch(body.url, { maxBytes, signal, onProgress });
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
        await ledger.commit([{ put: "file", from, id, bytes, cachedAtMs: environment.nowMs() }]);
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
      return bytes && new Blob([bytes], { type: shownType(bytes) });
    },
    progressOf: downloads.progressOf,
    cancel: downloads.cancel,
    onChange: downloads.onChange,
    stop: downloads.stop,
  };
}
