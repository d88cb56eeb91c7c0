import type { AttachmentBody } from "../../../protocol/message_body.ts";
import type { Message } from "../../../protocol/message.ts";
import type { BlobServer } from "../../blobs/blob_server.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { OutboxEntry } from "../../storage/chat_records.ts";
import { errorText } from "../../text/error_text.ts";
import { UserError } from "../../user_error.ts";
import { loaded } from "../../loaded.ts";
import type { AuthorizeBlob } from "../files/blob_authorizer.ts";
import type { Ledger } from "../ledger.ts";
import type { Outbox } from "./outbox.ts";
import { statusChanges } from "./outbox_status.ts";
import { createSerialQueue } from "../../serial_queue.ts";
import { createTransfers, type Transfer } from "../files/transfers.ts";

type Name = { from: string; id: string };

/** Brings the files of messages to the home server; only then the messages leave. */
export interface Uploads {
  /** Uploads the file of an entry that waits for it, after those that were asked for before. Once at a time. */
  begin(entry: OutboxEntry): void;
  /** How much of a message's file is uploaded, from 0 to 1; null where nothing of it waits. */
  progressOf(message: Name): number | null;
  /** Calls the listener whenever any of these has changed. Returns what ends it. */
  onChange(listener: () => void): () => void;
  stop(): void;
}

/** An authorization is good for as long as the slowest upload may take. */
const AUTHORIZED_S = 60 * 60;

/** @param onFault what failed for a reason that no server and no disk gave */
export function createUploads(
  { ledger, blobs, outbox, authorize, nowMs, onFault }: {
    ledger: Ledger;
    blobs: BlobServer;
    outbox(): Outbox;
    authorize: AuthorizeBlob;
    nowMs(): number;
    onFault(error: unknown): void;
  },
): Uploads {
  const transfers = createTransfers();
  const queue = createSerialQueue();
  let isStopped = false;

  async function upload(entry: OutboxEntry, { signal, note }: Transfer): Promise<void> {
    signal.throwIfAborted();
    await ledger.write(async () => ledger.commit(await statusOf(entry, "sending")));
    const { body } = (entry.document as Message).payload as { body: AttachmentBody };
    const { sealAttachment } = await loaded(import("../../../protocol/attachment_cipher.ts"));
    const file = await ledger.storage.file(entry);
    if (!file) throw new UserError("file_gone");
    const { bytes, sha256 } = await sealAttachment(file, body);
    signal.throwIfAborted();
    if (isStopped) throw new UserError("storage_failed");
    await blobs.upload(bytes, {
      authorization: authorize({ verb: "upload", sha256, forS: AUTHORIZED_S }),
      signal,
      onProgress: (sentBytes) => note(sentBytes / bytes.length),
    });
  }

  /** What is not on this device any more does not leave it either. */
  async function letGoIfRemoved({ from, id }: Name): Promise<boolean> {
    return await ledger.write(async () => {
      if (await ledger.storage.message({ from, id })) return false;
      const isIt = (one: OutboxEntry) => one.isHeld === true && one.from === from && one.id === id;
      await ledger.commit(outbox().removal(isIt));
      outbox().forget(isIt);
      return true;
    });
  }

  /** Whatever became of the message meanwhile, what it is now is what leaves. */
  async function release(name: Name): Promise<void> {
    await ledger.write(async () => {
      const entry = outbox().held(name);
      if (!entry) return;
      const free = { ...entry, isHeld: false };
      const { from, id } = name;
      await ledger.commit([
        { put: "outbox", entry: free },
        { put: "file_copy", from, id, cachedAtMs: nowMs() },
      ]);
      outbox().add([free]);
    });
  }

  async function fail(entry: OutboxEntry, error: unknown): Promise<void> {
    if (!(error instanceof UserError)) onFault(error);
    try {
      await ledger.write(async () => {
        if (outbox().held(entry)) {
          await ledger.commit(await statusOf(entry, "failed", reasonOf(error)));
        }
      });
    } catch (cause) {
      if (!isStopped && !(cause instanceof UserError)) onFault(cause);
    }
  }

  function statusOf(
    entry: OutboxEntry,
    status: "sending" | "failed",
    failure: string | null = null,
  ): Promise<Change[]> {
    return statusChanges(entry, { ledger, status, failure, nowMs: nowMs() });
  }

  async function run(entry: OutboxEntry, transfer: Transfer): Promise<void> {
    try {
      if (await letGoIfRemoved(entry)) return;
      await upload(entry, transfer);
      await release(entry);
    } catch (error) {
      if (!transfer.signal.aborted) await fail(entry, error);
    } finally {
      transfer.end();
    }
  }

  /** Of a message that is gone nothing more leaves this device. */
  function follow(changes: Change[]): void {
    for (const change of changes) {
      if ("delete" in change && change.delete === "outbox") transfers.cancel(change);
    }
  }

  const endFollowing = ledger.onCommit(follow);

  return {
    begin(entry) {
      if (isStopped || transfers.has(entry)) return;
      const transfer = transfers.begin(entry);
      void queue.run(() => run(entry, transfer));
    },
    progressOf: transfers.progressOf,
    onChange: transfers.onChange,
    stop() {
      isStopped = true;
      endFollowing();
      transfers.stop();
    },
  };
}

/** Why a file does not leave, in words; null where it is only for now. */
function reasonOf(error: unknown): string | null {
  if (!(error instanceof UserError) || error.code === "no_network") return null;
  return error.code === "upload_refused" && error.detail ? error.detail : errorText(error);
}
