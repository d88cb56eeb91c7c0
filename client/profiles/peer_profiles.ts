import { bytesToHex, decodeHex } from "../../protocol/bytes.ts";
import { isLoopbackServer } from "../../protocol/handle.ts";
import { KIND, type NostrEvent } from "../../protocol/nostr_event.ts";
import { openPictureKey } from "../../protocol/picture_key.ts";
import { sniffType } from "../attachments/file_kind.ts";
import { readChainPin, withTold } from "../claims/chain_memory.ts";
import { NO_PROFILE } from "../chats/incoming/inbound_picture_key.ts";
import type { Ledger } from "../chats/ledger.ts";
import { createSerialQueue } from "../serial_queue.ts";
import { createNamedTimers } from "../relays/named_timers.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { RelayQueries } from "../relays/relay_queries.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord, PeerProfile } from "../storage/chat_records.ts";
import { isUserError } from "../user_error.ts";
import { isNewer } from "./is_newer.ts";
import { isPictureDue, type PeerPictures, readablePicture } from "./peer_pictures.ts";
import { displayNameOf, parseProfile, pictureOf } from "./profile_content.ts";

/** Profiles of contacts: asked for once, kept, and looked at again now and then. Strangers are not asked about. */
export interface PeerProfiles {
  /** Asks at once, and before everybody whose turn it is. Never rejects. */
  refresh(primary: string): Promise<void>;
  /** The picture that is kept of somebody; null for none. @throws UserError `storage_failed` */
  picture(primary: string): Promise<Blob | null>;
  /** Begins to look after all of them. */
  start(): void;
  stop(): void;
}

/** What is older is looked at again. (Specification page 5) */
export const FRESH_MS = 6 * 60 * 60 * 1000;
const PASS_EVERY_MS = 10 * 60 * 1000;
const FIRST_PASS_MS = 5_000;
/** Nobody is asked about again within this time. */
const PAUSE_MS = 2_000;
/** Who has just written may have given what makes their picture readable. */
const UNREADABLE_PAUSE_MS = 30_000;

/**
 * Profiles over connections that never AUTH, one contact a question, asked of the contact's home relay. (Specification
 * pages 4 and 5)
 *
 * @param isStopped true once the secret may be gone
 */
export function createPeerProfiles(
  {
    ledger,
    queries,
    pictures,
    account,
    identitySecret,
    environment,
    isStopped,
    onPass,
    onFault,
  }: {
    ledger: Ledger;
    queries: RelayQueries;
    pictures: PeerPictures;
    account: { primary: string; homeRelay: string };
    identitySecret: Uint8Array;
    environment: Pick<RelayEnvironment, "nowMs" | "setTimer" | "isOnline">;
    isStopped(): boolean;
    /** Whatever else is looked at now and then may be due. */
    onPass(): void;
    onFault(error: unknown): void;
  },
): PeerProfiles {
  const { nowMs } = environment;
  const timers = createNamedTimers(environment);
  const queue = createSerialQueue();
  const running = new Map<string, Promise<void>>();
  const askedAtMs = new Map<string, number>();
  const mayBeLoopback = isLoopbackServer(new URL(account.homeRelay).host);

  /** Whom one may ask about, and where. */
  function questionAbout(primary: string): { author: string; relay: string } | null {
    const conversation = ledger.conversation(primary);
    const author = conversation?.peerNostr;
    const relay = conversation?.contact?.relays[0];
    const isContact = conversation?.state === "accepted" && primary !== account.primary;
    return isContact && author && relay && !isStopped() ? { author, relay } : null;
  }

  async function read(
    { id, created_at: createdAtS, content }: NostrEvent,
    { primary, contact }: ConversationRecord,
  ): Promise<Partial<PeerProfile>> {
    const profile = parseProfile(content);
    const picture = pictureOf(profile, { mayBeLoopback });
    const salt = picture?.visual && decodeHex(picture.visual.salt);
    const opened = salt && !isStopped()
      ? await openPictureKey(profile.kez_visual_keys, { salt, owner: primary, identitySecret })
      : null;
    return {
      event: { id, createdAtS },
      displayName: displayNameOf(profile, contact?.handle ?? ""),
      picture,
      pictureKey: opened && bytesToHex(opened),
    };
  }

  async function ask(primary: string): Promise<void> {
    const question = questionAbout(primary);
    if (!question) return;
    askedAtMs.set(primary, nowMs());
    const { author, relay } = question;
    const events = await queries.ask(relay, { author, kinds: [KIND.profile] });
    const asked = ledger.conversation(primary);
    if (!events || !asked) return;
    const isNews = events[0] && isNewer(events[0], eventOf(asked.profile));
    const found = isNews ? await read(events[0]!, asked) : {};
    await ledger.write(async () => {
      const conversation = ledger.conversation(primary);
      if (!conversation || questionAbout(primary)?.author !== author) return;
      const profile = { ...NO_PROFILE, ...conversation.profile, ...found, checkedAtMs: nowMs() };
      const told = isNews ? readChainPin(parseProfile(events[0]!.content).kez_chain) : null;
      const chain = withTold(conversation.chain, told);
      const changed = { ...conversation, profile, chain };
      await ledger.commit([{ put: "conversation", conversation: changed }]);
    });
  }

  async function renew(primary: string): Promise<void> {
    try {
      const isRecent = nowMs() - (askedAtMs.get(primary) ?? -Infinity) < PAUSE_MS;
      if (!isRecent) await ask(primary);
      if (questionAbout(primary)) await pictures.refresh(primary);
    } catch (error) {
      if (!isStopped() && !isUserError(error, "storage_failed")) onFault(error);
    }
  }

  /** Once at a time for each contact. */
  function once(primary: string): Promise<void> {
    const current = running.get(primary) ?? renew(primary).finally(() => running.delete(primary));
    running.set(primary, current);
    return current;
  }

  function later(primary: string, task = once): void {
    if (running.has(primary)) return;
    void queue.run(() => isStopped() ? Promise.resolve() : task(primary));
  }

  /** What is never published is looked for again with the next pass that is due. */
  function pass(): void {
    timers.set("pass", { delayMs: PASS_EVERY_MS, callback: pass });
    if (!environment.isOnline()) return;
    onPass();
    for (const conversation of ledger.conversations()) {
      const { primary, profile } = conversation;
      const isOwn = primary === account.primary;
      if (!isOwn && !questionAbout(primary)) continue;
      const isStale = !isOwn && nowMs() - (profile?.checkedAtMs ?? 0) >= FRESH_MS;
      if (isStale) later(primary);
      else if (isPictureDue(conversation)) later(primary, pictures.refresh);
    }
  }

  /** Somebody is known now, or has told a key, or may just have made a picture readable that was not. */
  function follow(changes: Change[]): void {
    for (const change of changes) {
      if (!("put" in change) || change.put !== "conversation") continue;
      const { primary, profile } = change.conversation;
      if (!questionAbout(primary)) continue;
      const askedMs = askedAtMs.get(primary);
      const isNew = askedMs === undefined && !profile?.checkedAtMs;
      const isUnreadable = profile !== null && profile.checkedAtMs > 0 &&
        readablePicture(profile) === null && (profile.picture !== null || profile.event === null);
      const mayBeReadable = isUnreadable && askedMs !== undefined &&
        nowMs() - askedMs >= UNREADABLE_PAUSE_MS;
      const wasTold = readablePicture(profile) !== null && profile?.pictureKey === null &&
        isPictureDue(change.conversation);
      if (isNew || mayBeReadable || wasTold) later(primary);
    }
  }

  const endFollowing = ledger.onCommit(follow);
  return {
    refresh: once,
    async picture(primary) {
      const bytes = await ledger.storage.picture(primary);
      return bytes && new Blob([bytes], { type: sniffType(bytes) });
    },
    start() {
      timers.set("pass", { delayMs: FIRST_PASS_MS, callback: pass });
    },
    stop() {
      timers.stop();
      endFollowing();
      pictures.stop();
    },
  };
}

function eventOf(profile: PeerProfile | null): Pick<NostrEvent, "id" | "created_at"> | null {
  return profile?.event ? { id: profile.event.id, created_at: profile.event.createdAtS } : null;
}
