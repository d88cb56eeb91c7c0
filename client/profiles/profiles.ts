import { isLoopbackServer } from "../../protocol/handle.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import type { ChainPin } from "../../protocol/sigchain.ts";
import type { BlobServer } from "../blobs/blob_server.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { AuthorizeBlob } from "../chats/files/blob_authorizer.ts";
import type { OwnProfileView } from "../chats/model/profile_model.ts";
import type { Outbox } from "../chats/outgoing/outbox.ts";
import { cleanName } from "../chats/conversation/person_name.ts";
import type { QuietMail } from "../chats/outgoing/quiet_mail.ts";
import type { UnwantedBlobs } from "../chats/files/unwanted_blobs.ts";
import type { RelayParts } from "../chats/relays/relay_parts.ts";
import { createPacer } from "../chats/pacer.ts";
import type { PictureWorks } from "../pictures/picture_works.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import { createOwnPicture, isPublicNow, type OwnPictureActions } from "./own_picture.ts";
import { createOwnProfile, type OwnProfile } from "./own_profile.ts";
import { openOwnProfileStore } from "./own_profile_store.ts";
import { createPeerPictures } from "./peer_pictures.ts";
import { createPeerProfiles, FRESH_MS, type PeerProfiles } from "./peer_profiles.ts";
import { createPictureReaders } from "./picture_readers.ts";

/** How people show themselves: the owner, and the contacts. */
export interface Profiles extends Pick<PeerProfiles, "refresh" | "picture"> {
  readonly own: OwnProfileView;
  readonly ownPicture: OwnPictureActions;
  /** @throws UserError `storage_failed` */
  setDisplayName(name: string): Promise<void>;
  sync: OwnProfile["sync"];
  start(): void;
  stop(): void;
}

/** The only wiring of profiles. @throws UserError `storage_failed` */
export async function openProfiles(
  { account, secrets, pictureWorks: works, relays, ...deps }: {
    account: { handle: string; fqhn: string; primary: string; homeRelay: string };
    secrets: Pick<SessionSecrets, "identitySecret">;
    pictureWorks: PictureWorks;
    relays: Pick<RelayParts, "queries" | "upkeep">;
    ledger: Ledger;
    outbox: Pick<Outbox, "add">;
    quietMail: QuietMail;
    blobs: BlobServer;
    authorize: AuthorizeBlob;
    unwantedBlobs: UnwantedBlobs;
    environment: RelayEnvironment;
    randomBytes(length: number): Uint8Array;
    isStopped(): boolean;
    chainHead(): ChainPin | null;
    onChange(): void;
    onFault(error: unknown): void;
  },
): Promise<Profiles> {
  const { ledger } = deps;
  const { primary, handle } = account;
  const { nowMs } = deps.environment;
  const store = await openOwnProfileStore({ ledger, primary, onChange: deps.onChange });
  const pictures = createPeerPictures({ ...deps, works, nowMs });

  /** Every start looks at it. */
  let ownCheckedAtMs = nowMs();

  /** Looks at what is published, and brings what was changed here on top of it. */
  function publish(): void {
    relays.upkeep.demand();
    void relays.upkeep.run();
  }

  const peers = createPeerProfiles({
    ...deps,
    queries: relays.queries,
    pictures,
    account,
    identitySecret: secrets.identitySecret,
    onPass() {
      if (nowMs() - ownCheckedAtMs >= FRESH_MS) publish();
    },
  });
  const own = createOwnProfile({
    ...deps,
    store,
    owner: account,
    identitySecret: secrets.identitySecret,
    pacer: createPacer({ environment: deps.environment }),
    mayBeLoopback: isLoopbackServer(new URL(account.homeRelay).host),
    onAdopted() {
      ownCheckedAtMs = nowMs();
      void pictures.refresh(primary);
      readers.start();
    },
  });
  const readers = createPictureReaders({ ...deps, store, owner: primary, publish });
  const ownPicture = createOwnPicture({
    ...deps,
    store,
    storage: ledger.storage,
    primary,
    works,
    publish,
  });
  return {
    get own() {
      const { displayName, shown: picture } = store.shown;
      return { displayName, picture, isPublic: isPublicNow(store) };
    },
    ownPicture,
    async setDisplayName(text) {
      const name = cleanName(text);
      const displayName = name === handle ? null : name;
      await store.change(({ wish }) => ({
        record: { wish: { ...wish, displayName } },
        shown: { displayName },
      }));
      publish();
    },
    sync: own.sync,
    refresh: peers.refresh,
    picture: peers.picture,
    start() {
      peers.start();
      readers.start();
    },
    stop() {
      ownPicture.stop();
      readers.stop();
      peers.stop();
    },
  };
}
