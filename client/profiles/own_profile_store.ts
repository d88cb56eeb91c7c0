import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { NO_PROFILE } from "../chats/incoming/inbound_picture_key.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { PeerPicture, PeerProfile } from "../storage/chat_records.ts";

/** The own picture as it is published; `key` as hex, null where everybody sees it. */
export interface OwnPicture {
  place: PeerPicture;
  key: string | null;
}

/** What was changed here and is not published yet; a member that is missing was not changed. */
export interface ProfileWish {
  displayName?: string | null;
  picture?: OwnPicture | null;
}

/** What is kept of the own profile besides what is shown of it. */
export interface OwnProfileRecord {
  /** The newest one that is known: a relay that has lost it gets it again. */
  event: NostrEvent | null;
  wish: ProfileWish;
  /** Whether the next picture is to be seen by everybody. */
  isPublic: boolean;
  /** Primaries of those who find the key of the picture in the profile. */
  readers: string[];
  /** Of those who were told it by message. */
  told: string[];
}

/** One step of the own profile. */
export interface OwnProfileChange {
  record?: Partial<OwnProfileRecord>;
  /** Of what is shown, which is kept with the owner's own conversation. */
  shown?: Partial<PeerProfile>;
  /** What else is written with it. */
  changes?: Change[];
  /** What is done once it is written, before anything else is. */
  afterwards?(): void;
}

/** The own profile on this device. */
export interface OwnProfileStore {
  readonly record: OwnProfileRecord;
  readonly shown: PeerProfile;
  /** Takes a step by what is kept at that moment. @throws UserError `storage_failed` */
  change(
    step: (record: OwnProfileRecord) => OwnProfileChange | Promise<OwnProfileChange>,
  ): Promise<void>;
}

const NAME = "own_profile";
const NOTHING: OwnProfileRecord = {
  event: null,
  wish: {},
  isPublic: false,
  readers: [],
  told: [],
};

/**
 * Loads what is kept.
 *
 * @param onChange called after each change
 * @throws UserError `storage_failed`
 */
export async function openOwnProfileStore(
  { ledger, primary, onChange }: { ledger: Ledger; primary: string; onChange(): void },
): Promise<OwnProfileStore> {
  const kept = await ledger.storage.value<Partial<OwnProfileRecord>>(NAME);
  let record: OwnProfileRecord = { ...NOTHING, ...kept };
  const shown = () => ledger.conversation(primary)?.profile ?? NO_PROFILE;

  return {
    get record() {
      return record;
    },
    get shown() {
      return shown();
    },
    async change(step) {
      await ledger.write(async () => {
        const { record: changed, shown: profile, changes = [], afterwards } = await step(record);
        const value = { ...record, ...changed };
        const conversation = ledger.conversation(primary);
        const puts: Change[] = [{ put: "value", name: NAME, value }];
        const after = { ...shown(), ...profile };
        // What is shown and has not changed stays the very same for everybody who looks at it.
        if (conversation && JSON.stringify(after) !== JSON.stringify(shown())) {
          puts.push({ put: "conversation", conversation: { ...conversation, profile: after } });
        }
        await ledger.commit([...puts, ...changes]);
        record = value;
        afterwards?.();
      });
      onChange();
    },
  };
}
