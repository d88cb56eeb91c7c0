import { bytesToHex, owned } from "../../protocol/bytes.ts";
import { sha256Hex } from "../../protocol/sha256_hex.ts";
import { sniffType } from "../attachments/file_kind.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import type { AuthorizeBlob } from "../chats/files/blob_authorizer.ts";
import type { UnwantedBlobs } from "../chats/files/unwanted_blobs.ts";
import type { ChatStorage } from "../storage/chat_storage.ts";
import { createSerialQueue } from "../serial_queue.ts";
import type { PictureWorks } from "../pictures/picture_works.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { PeerPicture } from "../storage/chat_records.ts";
import { UserError } from "../user_error.ts";
import { pictureId } from "./load_picture.ts";
import type { OwnProfileStore } from "./own_profile_store.ts";

/** What the owner does with the own picture. */
export interface OwnPictureActions {
  /**
   * Scrambles a picture with a new key, unless everybody may see it, uploads it, and has it published.
   *
   * @param face PNG, square
   * @throws UserError `no_network`, `upload_refused`, `storage_failed`
   */
  set(face: Uint8Array): Promise<void>;
  /** @throws UserError `storage_failed` */
  remove(): Promise<void>;
  /** Shows the picture to everybody, or to contacts alone, from now on. @throws UserError as {@link set} */
  setPublic(isPublic: boolean): Promise<void>;
  /** What strangers see; null for none. @throws UserError `storage_failed` */
  asStrangersSee(): Promise<Blob | null>;
  stop(): void;
}

/** As long as the slowest upload may take. */
const AUTHORIZED_S = 60 * 60;

type Bytes = Uint8Array<ArrayBuffer>;

/** @param publish the profile has to be changed */
export function createOwnPicture(
  { store, storage, primary, blobs, works, authorize, unwantedBlobs, randomBytes, publish }: {
    store: OwnProfileStore;
    storage: Pick<ChatStorage, "picture">;
    primary: string;
    blobs: BlobServer;
    works: PictureWorks;
    authorize: AuthorizeBlob;
    unwantedBlobs: Pick<UnwantedBlobs, "changesForPicture" | "remove">;
    randomBytes(length: number): Uint8Array;
    publish(): void;
  },
): OwnPictureActions {
  const queue = createSerialQueue();
  const ending = new AbortController();
  const { signal } = ending;

  async function upload(bytes: Bytes): Promise<string> {
    const sha256 = await sha256Hex(bytes);
    if (signal.aborted) throw new UserError("storage_failed");
    const authorization = authorize({ verb: "upload", sha256, forS: AUTHORIZED_S });
    await blobs.upload(bytes, { authorization, signal, onProgress() {} });
    return sha256;
  }

  /** A key serves one picture: whoever was removed or blocked has none to the next. */
  async function scrambled(face: Uint8Array): Promise<{ place: PeerPicture; key: string }> {
    const [key, salt] = [randomBytes(32), randomBytes(16)].map(bytesToHex) as [string, string];
    const version = "kez-visual-v2";
    const sha256 = await upload(await works.scramble(face, { version, key, salt }));
    const url = `${blobs.urlOf(sha256)}.png`;
    return { place: { url, sha256, visual: { version, salt } }, key };
  }

  async function plain(face: Uint8Array): Promise<{ place: PeerPicture; key: null }> {
    const sha256 = await upload(await works.toJpeg(face));
    return { place: { url: `${blobs.urlOf(sha256)}.jpg`, sha256, visual: null }, key: null };
  }

  /** What nobody is to see any more goes from the server: whoever has read it has it all the same. */
  function formerGoes(next: PeerPicture | null): Promise<Change[]> {
    return unwantedBlobs.changesForPicture({ former: store.shown.picture, next });
  }

  async function put(face: Bytes, isPublic: boolean): Promise<void> {
    const picture = await (isPublic ? plain(face) : scrambled(face));
    const { place, key } = picture;
    await store.change(async ({ wish }) => ({
      record: { wish: { ...wish, picture }, isPublic, readers: [], told: [] },
      shown: { picture: place, pictureKey: key, toldKey: null, shown: pictureId(place) },
      changes: [{ put: "picture", name: primary, bytes: face }, ...await formerGoes(place)],
      afterwards: unwantedBlobs.remove,
    }));
    publish();
  }

  async function setPublic(isPublic: boolean): Promise<void> {
    const { picture } = store.shown;
    if (picture && isPublic === (picture.visual === null)) return;
    if (!picture) return await store.change(() => ({ record: { isPublic } }));
    const face = await storage.picture(primary);
    // Another device has set it, and it is not here yet.
    if (!face) throw new UserError("no_network");
    await put(sniffType(face) === "image/png" ? face : await works.toPng(face), isPublic);
  }

  return {
    set: (face) => queue.run(() => put(owned(face), isPublicNow(store))),
    remove: () =>
      queue.run(async () => {
        await store.change(async ({ wish }) => ({
          record: { wish: { ...wish, picture: null }, readers: [], told: [] },
          shown: { picture: null, pictureKey: null, shown: null },
          changes: [{ delete: "picture", name: primary }, ...await formerGoes(null)],
          afterwards: unwantedBlobs.remove,
        }));
        publish();
      }),
    setPublic: (isPublic) => queue.run(() => setPublic(isPublic)),
    async asStrangersSee() {
      const { picture, pictureKey: key } = store.shown;
      const face = picture && await storage.picture(primary);
      if (!face) return null;
      const bytes = picture.visual && key
        ? await works.scramble(face, { ...picture.visual, key })
        : face;
      return new Blob([bytes], { type: sniffType(bytes) });
    },
    stop: () => ending.abort(),
  };
}

/** Whether everybody sees the own picture, or would see the next one. */
export function isPublicNow({ shown, record }: OwnProfileStore): boolean {
  return shown.picture ? shown.picture.visual === null : record.isPublic;
}
