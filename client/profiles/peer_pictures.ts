import type { BlobServer } from "../blobs/blob_server.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { PictureWorks } from "../pictures/picture_works.ts";
import { PictureFault } from "../pictures/png.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord, PeerPicture, PeerProfile } from "../storage/chat_records.ts";
import { isUserError } from "../user_error.ts";
import { loadPicture, pictureId } from "./load_picture.ts";

/** Pictures of contacts, kept sealed on this device. */
export interface PeerPictures {
  /** Has what the profile names shown, or nothing where it cannot be. Never rejects. */
  refresh(primary: string): Promise<void>;
  stop(): void;
}

/** What is no picture is not fetched again within this time. */
const FAULT_PAUSE_MS = 60 * 60 * 1000;

/** The picture of a profile and its key; null where there is none that can be descrambled. */
export function readablePicture(
  profile: PeerProfile | null,
): { picture: PeerPicture; key: string | null } | null {
  if (!profile?.picture) return null;
  const { picture, pictureKey, toldKey } = profile;
  if (!picture.visual) return { picture, key: null };
  const key = pictureKey ?? (toldKey?.salt === picture.visual.salt ? toldKey.key : null);
  return key === null ? null : { picture, key };
}

/** True where what is shown is not what the profile names. */
export function isPictureDue({ profile }: ConversationRecord): boolean {
  const wanted = readablePicture(profile);
  return (wanted && pictureId(wanted.picture)) !== (profile?.shown ?? null);
}

/**
 * Whatever was shown before stays until its successor is there; what is no picture any more is taken away.
 * (Specification page 5, "Reading a peer's picture")
 */
export function createPeerPictures(
  { ledger, blobs, works, nowMs, onFault }: {
    ledger: Ledger;
    blobs: BlobServer;
    works: PictureWorks;
    nowMs(): number;
    onFault(error: unknown): void;
  },
): PeerPictures {
  const ending = new AbortController();
  const { signal } = ending;
  /** When a picture was found not to be one, by its name. */
  const faultyAtMs = new Map<string, number>();

  /** Null takes the picture away. */
  async function show(
    primary: string,
    shown: { id: string; face: Uint8Array } | null,
  ): Promise<void> {
    await ledger.write(async () => {
      const conversation = ledger.conversation(primary);
      const profile = conversation?.profile;
      const wanted = readablePicture(profile ?? null);
      const isStale = shown !== null && (!wanted || pictureId(wanted.picture) !== shown.id);
      if (!conversation || !profile || isStale) return;
      const picture: Change = shown
        ? { put: "picture", name: primary, bytes: shown.face }
        : { delete: "picture", name: primary };
      const changed = { ...conversation, profile: { ...profile, shown: shown?.id ?? null } };
      await ledger.commit([picture, { put: "conversation", conversation: changed }]);
    });
  }

  async function load(primary: string): Promise<void> {
    const conversation = ledger.conversation(primary);
    if (!conversation || !isPictureDue(conversation)) return;
    const wanted = readablePicture(conversation.profile);
    if (!wanted) return await show(primary, null);
    const id = pictureId(wanted.picture);
    if (nowMs() - (faultyAtMs.get(id) ?? -Infinity) < FAULT_PAUSE_MS) return;
    try {
      const { key } = wanted;
      const { face } = await loadPicture(wanted.picture, { key, blobs, works, signal });
      await show(primary, { id, face });
    } catch (error) {
      if (!(error instanceof PictureFault)) throw error;
      faultyAtMs.set(id, nowMs());
      if (conversation.profile?.shown) await show(primary, null);
    }
  }

  return {
    async refresh(primary) {
      try {
        await load(primary);
      } catch (error) {
        const isExpected = isUserError(error, "no_network") || isUserError(error, "storage_failed");
        if (!signal.aborted && !isExpected) onFault(error);
      }
    },
    stop: () => ending.abort(),
  };
}
