import { bytesToHex, decodeHex } from "../../protocol/bytes.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import {
  openPictureKey,
  type PictureKeys,
  readersAmong,
  sealPictureKeys,
} from "../../protocol/picture_key.ts";
import { readChainPin } from "../claims/chain_memory.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { Pacer } from "../chats/pacer.ts";
import type { HeldEvents, OwnEvents } from "../chats/relays/own_events.ts";
import type { ChainPin } from "../../protocol/sigchain.ts";
import { pictureUrl } from "../pictures/picture_url.ts";
import { UserError } from "../user_error.ts";
import { isNewer } from "./is_newer.ts";
import { mergeProfile, type ProfileOwner } from "./merge_profile.ts";
import type { OwnPicture, OwnProfileStore, ProfileWish } from "./own_profile_store.ts";
import { chooseReaders } from "./choose_readers.ts";
import { displayNameOf, parseProfile, pictureOf, type ProfileContent } from "./profile_content.ts";

/** Brings the own profile and the published one together. */
export interface OwnProfile {
  /**
   * Takes up what other devices and apps have published since, and publishes what was changed here.
   *
   * @returns true once both are the same
   * @throws UserError `storage_failed`
   */
  sync(held: HeldEvents, events: OwnEvents): Promise<boolean>;
}

/**
 * @param mayBeLoopback true where all of this world is on one machine
 * @param onAdopted what is shown may be another picture now
 */
export function createOwnProfile(
  { store, ledger, owner, identitySecret, randomBytes, mayBeLoopback, ...deps }: {
    store: OwnProfileStore;
    ledger: Pick<Ledger, "conversations">;
    owner: ProfileOwner;
    identitySecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    mayBeLoopback: boolean;
    /** Keys are computed by the hundred. */
    pacer: Pacer;
    /** How far the own sigchain goes, as this device knows it; null for none. */
    chainHead(): ChainPin | null;
    /** True once the secret may be gone. */
    isStopped(): boolean;
    onAdopted(): void;
  },
): OwnProfile {
  const { primary } = owner;
  const { breathe } = deps.pacer;

  async function readPicture(profile: ProfileContent): Promise<OwnPicture | null> {
    const place = pictureOf(profile, { mayBeLoopback });
    if (!place?.visual) return place && { place, key: null };
    const salt = decodeHex(place.visual.salt)!;
    const keys = profile.kez_visual_keys;
    const key = await openPictureKey(keys, { salt, owner: primary, identitySecret });
    return { place, key: key && bytesToHex(key) };
  }

  /** The keys of a picture for those who are to have them; those of `known` stay. Null where nothing is to be changed. */
  async function sealKeys(
    picture: OwnPicture | null,
    { known, present }: { known: unknown; present(salt: Uint8Array): Promise<string[]> },
  ): Promise<{ keys: PictureKeys | null; readers: string[] }> {
    if (!picture?.place.visual || picture.key === null) return { keys: null, readers: [] };
    const salt = decodeHex(picture.place.visual.salt)!;
    const there = await present(salt);
    const readers = chooseReaders(ledger.conversations(), { owner: primary, present: there });
    const isComplete = known !== undefined && readers.every((one) => there.includes(one));
    if (isComplete) return { keys: null, readers: there };
    const key = decodeHex(picture.key)!;
    const sealing = { key, salt, readers, identitySecret, randomBytes, breathe };
    const keys = await sealPictureKeys({ known, ...sealing });
    return { keys, readers };
  }

  /** The members that are to be changed in the published profile, and who finds the key after that. */
  async function changesOver(
    base: NostrEvent | null,
    wish: ProfileWish,
  ): Promise<{ changes: ProfileContent; readers: string[] }> {
    const profile = base ? parseProfile(base.content) : {};
    const changes: ProfileContent = chainChange(profile, deps.chainHead());
    if (wish.displayName !== undefined) changes.display_name = wish.displayName ?? undefined;
    if (wish.picture !== undefined) {
      const sealed = await sealKeys(wish.picture, {
        known: undefined,
        present: () => Promise.resolve([]),
      });
      changes.picture = wish.picture ? pictureUrl(wish.picture.place) : undefined;
      changes.kez_visual_keys = sealed.keys ?? undefined;
      return { changes, readers: sealed.readers };
    }
    const known = profile.kez_visual_keys;
    const { keys, readers } = await sealKeys(await readPicture(profile), {
      known,
      async present(salt) {
        if (base?.id === store.record.event?.id) return store.record.readers;
        const primaries = chooseReaders(ledger.conversations(), { owner: primary, present: [] });
        return await readersAmong(known, { primaries, salt, identitySecret, breathe });
      },
    });
    if (keys) changes.kez_visual_keys = keys;
    return { changes, readers };
  }

  /** What was wished for meanwhile stays, and comes on top the next time. */
  async function adopt(event: NostrEvent, wish: ProfileWish, readers: string[]): Promise<void> {
    const profile = parseProfile(event.content);
    const displayName = displayNameOf(profile, owner.handle);
    const picture = await readPicture(profile);
    // Without the secret no key would have been found.
    if (deps.isStopped()) throw new UserError("storage_failed");
    await store.change((record) => {
      const left = unfulfilled(record.wish, wish);
      const isOther = picture?.place.sha256 !== store.shown.picture?.sha256;
      return {
        record: {
          event,
          wish: left,
          ...(left.picture === undefined ? { readers } : {}),
          ...(left.picture === undefined && isOther ? { told: [] } : {}),
        },
        shown: {
          ...(left.displayName === undefined ? { displayName } : {}),
          ...(left.picture === undefined
            ? { picture: picture?.place ?? null, pictureKey: picture?.key ?? null }
            : {}),
        },
      };
    });
    deps.onAdopted();
  }

  return {
    async sync(held, events) {
      const { event: known, wish } = store.record;
      const found = held.newest(KIND.profile);
      // A relay that shows an older one than was seen before takes nothing back.
      const base = found && isNewer(found, known) ? found : known ?? found;
      const { changes, readers } = await changesOver(base, wish);
      const merged = mergeProfile(base, { owner, changes });
      const event = merged ? events.sign(merged, base) : base!;
      const isKept = await held.bring(event);
      // What somebody else published holds, whether or not every relay takes it.
      if (!isKept && merged) return false;
      await adopt(event, wish, readers);
      return isKept && Object.keys(store.record.wish).length === 0;
    },
  };
}

/** Another device may know more of the own sigchain. */
function chainChange(profile: ProfileContent, chain: ChainPin | null): ProfileContent {
  const published = readChainPin(profile.kez_chain);
  const isTold = !chain || (published !== null && published.length >= chain.length);
  return isTold ? {} : { kez_chain: chain };
}

/** What of a wish is not what was just fulfilled. */
function unfulfilled(wish: ProfileWish, fulfilled: ProfileWish): ProfileWish {
  const left: ProfileWish = {};
  if (wish.displayName !== fulfilled.displayName) left.displayName = wish.displayName;
  if (wish.picture !== fulfilled.picture) left.picture = wish.picture;
  return left;
}
