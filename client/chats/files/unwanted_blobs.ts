import type { BlobServer } from "../../blobs/blob_server.ts";
import type { Change } from "../../storage/chat_changes.ts";
import type { MessageRecord, PeerPicture } from "../../storage/chat_records.ts";
import { isUserError } from "../../user_error.ts";
import type { AuthorizeBlob } from "./blob_authorizer.ts";
import { attachmentOf } from "./files.ts";
import type { Ledger } from "../ledger.ts";
import { createSerialQueue } from "../../serial_queue.ts";

/** Files at the home server that nobody shall have any more: their messages were deleted for everyone, or never left, or it was a picture that is not shown any more. */
export interface UnwantedBlobs {
  /** What remembers the own file of a message, until the server has removed it. Inside `ledger.write`. */
  changesFor(message: MessageRecord): Promise<Change[]>;
  /** The same of an own picture that another one, or none, takes the place of. Inside `ledger.write`. */
  changesForPicture(
    pictures: { former: PeerPicture | null; next: PeerPicture | null },
  ): Promise<Change[]>;
  /** Asks the server to remove what is remembered; what it cannot do for now is asked for again with the next call. */
  remove(): void;
  stop(): void;
}

const NAME = "unwanted_blobs";
/** Beyond these the oldest are left to the server, which keeps nothing for ever. */
const MAX_UNWANTED = 1_000;
const AUTHORIZED_S = 60;

/** @param ownPrimary whose files may be removed */
export function createUnwantedBlobs(
  { ledger, blobs, authorize, ownPrimary, onFault }: {
    ledger: Ledger;
    blobs: BlobServer;
    authorize: AuthorizeBlob;
    ownPrimary: string;
    onFault(error: unknown): void;
  },
): UnwantedBlobs {
  const queue = createSerialQueue();
  const ending = new AbortController();
  const { signal } = ending;
  const remembered = async () => await ledger.storage.value<string[]>(NAME) ?? [];
  const remember = (hashes: string[]): Change =>
    hashes.length === 0
      ? { delete: "value", name: NAME }
      : { put: "value", name: NAME, value: hashes.slice(-MAX_UNWANTED) };

  async function removeAll(): Promise<void> {
    for (const sha256 of await remembered()) {
      if (signal.aborted) return;
      const authorization = authorize({ verb: "delete", sha256, forS: AUTHORIZED_S });
      await blobs.remove(sha256, { authorization, signal });
      await ledger.write(async () => {
        const others = (await remembered()).filter((one) => one !== sha256);
        await ledger.commit([remember(others)]);
      });
    }
  }

  async function tryAll(): Promise<void> {
    try {
      await removeAll();
    } catch (error) {
      const isForLater = isUserError(error, "no_network") || isUserError(error, "storage_failed");
      if (!signal.aborted && !isForLater) onFault(error);
    }
  }

  return {
    async changesFor(message) {
      const body = attachmentOf(message);
      const isOwn = message.from === ownPrimary && body?.url === blobs.urlOf(body?.sha256 ?? "");
      return body && isOwn ? [remember([...await remembered(), body.sha256])] : [];
    },
    async changesForPicture({ former, next }) {
      const isOurs = former?.url.startsWith(blobs.urlOf(former.sha256)) === true;
      const unwanted = isOurs && former?.sha256 !== next?.sha256 ? [former!.sha256] : [];
      // The very same picture may be put back before it was removed.
      const others = (await remembered()).filter((one) => one !== next?.sha256);
      return [remember([...others, ...unwanted])];
    },
    remove: () => void queue.run(tryAll),
    stop: () => ending.abort(),
  };
}
