import { type ChatParts, type ChatsDeps, openChatParts } from "./chat_parts.ts";
import { viewConnection } from "./relays/connection_view.ts";
import { viewConversation } from "./conversation/conversation_view.ts";
import { forwardMessage } from "./thread/forwarding.ts";
import type { DropCounts } from "./incoming/inbound_outcome.ts";
import type { ConnectionView } from "./model/connection_model.ts";
import type { ConversationView } from "./model/conversation_model.ts";
import type { Chats } from "./model/model.ts";
import { DEFAULT_PREFERENCES } from "./preferences.ts";
import { NO_OWN_PROFILE, type OwnProfileView } from "./model/profile_model.ts";
import { type LiveThread, openThread } from "./thread/thread.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";

/** The chats of an unlocked account. */
export interface LiveChats extends Chats {
  openThread(peer: string): Promise<LiveThread | null>;
  /** What came in and was not taken, by reason. */
  readonly dropped: DropCounts;
  /** Loads the conversations, then connects. @throws UserError `storage_failed` */
  start(): Promise<void>;
  /** From the moment of the call no secret is used any more; resolves once the last write has ended. */
  stop(): Promise<void>;
  /** Calls the listener after every change of the conversations or the connection. Returns what ends it. */
  onChange(listener: () => void): () => void;
}

/** Chats over their stores and the own relays. Call `start` once; what is asked for before waits for it. */
export function createChats(deps: ChatsDeps): LiveChats {
  const { account: owner, environment } = deps;
  const listeners = new Set<() => void>();
  const loaded = Promise.withResolvers<ChatParts>();
  // A failure to load is for whoever calls `start`; others only wait.
  loaded.promise.catch(() => {});
  const viewed = new WeakMap<ConversationRecord, ConversationView>();
  let parts: ChatParts | null = null;
  let list: ConversationView[] | null = null;
  let blocked: ConversationView[] | null = null;
  let connection: ConnectionView | null = null;
  let profile: OwnProfileView | null = null;
  let isStopped = false;
  let endWake = () => {};

  function changed(): void {
    list = null;
    blocked = null;
    connection = null;
    profile = null;
    for (const listener of listeners) listener();
  }

  function kick(): void {
    if (!environment.isOnline()) return;
    parts?.outbox.kick();
    parts?.unwantedBlobs.remove();
  }

  /** The network has come or gone, or the app is looked at again. */
  function wake(): void {
    kick();
    changed();
  }

  function viewOf(record: ConversationRecord): ConversationView {
    const isTyping = parts?.typing.isTyping(record.primary) ?? false;
    const known = viewed.get(record);
    const view = known?.isTyping === isTyping
      ? known
      : { ...viewConversation(record, owner), isTyping };
    viewed.set(record, view);
    return view;
  }

  function viewAll(): ConversationView[] {
    return (parts?.ledger.conversations() ?? [])
      .filter(({ state }) => state !== "blocked")
      .map(viewOf)
      .sort((a, b) => rankOf(b) - rankOf(a) || b.lastAtMs - a.lastAtMs);
  }

  function viewBlocked(): ConversationView[] {
    return (parts?.ledger.conversations() ?? [])
      .filter(({ state }) => state === "blocked")
      .map(viewOf)
      .sort((a, b) => a.title.localeCompare(b.title));
  }

  return {
    get isLoaded() {
      return parts !== null;
    },
    get conversations() {
      return list ??= viewAll();
    },
    get blocked() {
      return blocked ??= viewBlocked();
    },
    get connection() {
      return connection ??= viewConnection({
        ...parts?.relays,
        homeRelay: owner.homeRelay,
        isOnline: environment.isOnline(),
      });
    },
    get preferences() {
      return parts?.preferences.current ?? DEFAULT_PREFERENCES;
    },
    get profile() {
      return profile ??= parts?.profiles.own ?? NO_OWN_PROFILE;
    },
    get dropped() {
      return parts?.inbound.dropped ?? {};
    },
    async start() {
      try {
        const opened = await openChatParts(deps, { onChange: changed, isStopped: () => isStopped });
        if (isStopped) return;
        parts = opened;
        loaded.resolve(opened);
      } catch (error) {
        loaded.reject(error);
        throw error;
      }
      changed();
      await parts.expiry.start();
      await parts.outbox.start();
      parts.receipts.start();
      await parts.sync.start();
      if (isStopped) return;
      parts.relays.pool.start();
      parts.profiles.start();
      parts.unwantedBlobs.remove();
      // Other people's relays may be back also where the own one is not.
      endWake = environment.onWake(wake);
    },
    async stop() {
      isStopped = true;
      listeners.clear();
      endWake();
      if (!parts) return;
      parts.searching.stop();
      parts.backups.cancel();
      parts.claiming.stop();
      parts.outbox.stop();
      parts.uploads.stop();
      parts.files.stop();
      parts.unwantedBlobs.stop();
      parts.profiles.stop();
      parts.expiry.stop();
      parts.typing.stop();
      parts.receipts.stop();
      parts.sync.stop();
      await parts.relays.stop();
      await parts.drafts.flush();
      await parts.ledger.close();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async startChat(input) {
      return await (await loaded.promise).actions.start(input);
    },
    async openThread(peer) {
      const opened = await loaded.promise;
      const { nowMs } = environment;
      const primary = opened.actions.find(peer)?.primary;
      if (!primary) return null;
      void opened.relays.contactRelays.refresh(primary);
      void opened.profiles.refresh(primary);
      return await openThread({ ...opened, owner, primary, nowMs });
    },
    async forward(peer, wish) {
      const opened = await loaded.promise;
      const primary = opened.actions.find(peer)?.primary;
      if (primary) await forwardMessage(wish, { ...opened, owner, peer: primary });
    },
    accept: async (peer) => await (await loaded.promise).actions.accept(peer),
    block: async (peer) => await (await loaded.promise).actions.block(peer),
    unblock: async (peer) => await (await loaded.promise).contactActions.unblock(peer),
    rename: async (peer, nickname) =>
      await (await loaded.promise).contactActions.rename(peer, nickname),
    setVerified: async (peer, isVerified) =>
      await (await loaded.promise).contactActions.setVerified(peer, isVerified),
    acceptKey: async (peer, primary) =>
      await (await loaded.promise).contactActions.acceptKey(peer, primary),
    startChatWith: async (primary) => await (await loaded.promise).actions.startWith(primary),
    acceptInvite: async (invite) => await (await loaded.promise).actions.startInvited(invite),
    openInvite: async (options) => await (await loaded.promise).invites.open(options),
    deleteConversation: async (peer) => await (await loaded.promise).actions.remove(peer),
    async changeConversation(peer, changes) {
      const { actions, settings } = await loaded.promise;
      const primary = actions.find(peer)?.primary;
      if (primary) await settings.change(primary, changes);
    },
    changePreferences: async (changes) => await (await loaded.promise).preferences.change(changes),
    picture: async (primary) => await (await loaded.promise).profiles.picture(primary),
    setDisplayName: async (name) => await (await loaded.promise).profiles.setDisplayName(name),
    async setPicture(face) {
      const { profiles } = await loaded.promise;
      await profiles.ownPicture.set(new Uint8Array(await face.arrayBuffer()));
    },
    removePicture: async () => await (await loaded.promise).profiles.ownPicture.remove(),
    setPicturePublic: async (isPublic) =>
      await (await loaded.promise).profiles.ownPicture.setPublic(isPublic),
    pictureForStrangers: async () =>
      await (await loaded.promise).profiles.ownPicture.asStrangersSee(),
    get searchRevision() {
      return parts?.searching.revision ?? 0;
    },
    searchMessages: async (query) => await (await loaded.promise).searching.find(query),
    get backup() {
      return parts?.backups.progress ?? null;
    },
    exportBackup: async (passphrase) => await (await loaded.promise).backups.save(passphrase),
    importBackup: async (source) => await (await loaded.promise).backups.restore(source),
    cancelBackup: async () => (await loaded.promise).backups.cancel(),
    storageUse: async () => await (await loaded.promise).cleanUp.use(),
    countOlder: async (beforeMs) => await (await loaded.promise).cleanUp.countOlder(beforeMs),
    deleteOlder: async (beforeMs) => await (await loaded.promise).cleanUp.deleteOlder(beforeMs),
    get claimsRevision() {
      return parts?.claiming.revision ?? 0;
    },
    async claimsOf(peer) {
      const { actions, claiming } = await loaded.promise;
      const primary = actions.find(peer)?.primary;
      return primary ? await claiming.view(primary) : null;
    },
    async checkClaims(peer, checks) {
      const { actions, claiming } = await loaded.promise;
      const primary = actions.find(peer)?.primary;
      if (!primary) return;
      if (checks === "due") await claiming.refreshDue(primary);
      else await claiming.refresh(primary, checks);
    },
    addClaim: async (wish, options) => await (await loaded.promise).claiming.add(wish, options),
    inspectClaims: async (handle) => await (await loaded.promise).claiming.inspect(handle),
    revokeClaim: async (entry) => await (await loaded.promise).claiming.revoke(entry),
    addPushDevice: async (device) => await (await loaded.promise).pushDevices.addPushDevice(device),
    hasPushDevice: async (id) => await (await loaded.promise).pushDevices.hasPushDevice(id),
    removePushDevice: async (id) => await (await loaded.promise).pushDevices.removePushDevice(id),
    testPushDevice: async (id) => await (await loaded.promise).pushDevices.testPushDevice(id),
    retryConnection(url) {
      parts?.relays.refusals.forget();
      parts?.relays.pool.retry(url);
      kick();
    },
    addRelay: async (input) => await (await loaded.promise).relays.changeList("add", input),
    removeRelay: async (url) => await (await loaded.promise).relays.changeList("remove", url),
    resetRelays: async () => await (await loaded.promise).relays.changeList("reset", ""),
  };
}

/** Above the newest ones: Note to self, then what is pinned. */
function rankOf({ isSelf, isPinned }: ConversationView): number {
  return 2 * Number(isSelf) + Number(isPinned);
}
