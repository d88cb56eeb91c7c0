import { decodeHex, encodeBase64url } from "../../protocol/bytes.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { Outbox } from "../chats/outgoing/outbox.ts";
import type { QuietMail } from "../chats/outgoing/quiet_mail.ts";
import { createNamedTimers } from "../relays/named_timers.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import type { Change } from "../storage/chat_changes.ts";
import type { ConversationRecord } from "../storage/chat_records.ts";
import { isUserError } from "../user_error.ts";
import { chooseReaders, isReader } from "./choose_readers.ts";
import type { OwnProfileStore } from "./own_profile_store.ts";

/** Sees to it that contacts can read the own picture. */
export interface PictureReaders {
  start(): void;
  stop(): void;
}

/** New contacts within this time change the profile once. */
const BATCH_MS = 3_000;
/** Messages at once; the others follow. */
const MAX_TOLD = 50;
const NEXT_MS = 60_000;

/**
 * Whoever became a contact after the picture was published is told its key by message, and is put into the profile, where
 * another device of theirs finds it; for whom that has no room the message is all. (Specification page 5)
 *
 * @param publish the profile has to be changed
 */
export function createPictureReaders(
  { store, ledger, outbox, quietMail, owner, environment, isStopped, publish, onFault }: {
    store: OwnProfileStore;
    ledger: Ledger;
    outbox: Pick<Outbox, "add">;
    quietMail: QuietMail;
    owner: string;
    environment: Pick<RelayEnvironment, "setTimer">;
    isStopped(): boolean;
    publish(): void;
    onFault(error: unknown): void;
  },
): PictureReaders {
  const timers = createNamedTimers(environment);

  /** The secret of the picture as it is published; null where nobody needs one, or a new one waits for its profile. */
  function secret(): { salt: string; key: string } | null {
    const { picture, pictureKey: key } = store.shown;
    const isPublished = store.record.wish.picture === undefined;
    return isPublished && picture?.visual && key ? { salt: picture.visual.salt, key } : null;
  }

  const isWithout = (one: ConversationRecord) =>
    isReader(one, owner) && !store.record.readers.includes(one.primary);
  /** Who has not answered yet would not take it. */
  const isUntold = (one: ConversationRecord) =>
    isWithout(one) && one.hasReplied && !store.record.told.includes(one.primary);

  async function tell(): Promise<void> {
    if (!ledger.conversations().some(isUntold)) return;
    await store.change(({ told }) => {
      const known = secret();
      const untold = known && !isStopped() ? ledger.conversations().filter(isUntold) : [];
      const next = untold.slice(0, MAX_TOLD);
      if (untold.length > next.length) timers.set("tell", { delayMs: NEXT_MS, callback: follow });
      const entries = next.map(({ primary: peer }) => {
        const key = encodeBase64url(decodeHex(known!.key)!);
        return quietMail.entry({ peer, body: { kind: "profile_key", salt: known!.salt, key } });
      });
      return {
        record: { told: [...told, ...next.map(({ primary }) => primary)] },
        changes: entries.map((entry): Change => ({ put: "outbox", entry })),
        afterwards: () => outbox.add(entries),
      };
    });
  }

  async function follow(): Promise<void> {
    if (isStopped() || !secret()) return;
    const { readers } = store.record;
    const chosen = chooseReaders(ledger.conversations(), { owner, present: readers });
    if (chosen.some((one) => !readers.includes(one))) {
      timers.set("publish", { delayMs: BATCH_MS, callback: publish });
    }
    try {
      await tell();
    } catch (error) {
      if (!isStopped() && !isUserError(error, "storage_failed")) onFault(error);
    }
  }

  function isNews(change: Change): boolean {
    return "put" in change && change.put === "conversation" && isWithout(change.conversation);
  }

  const endFollowing = ledger.onCommit((changes) => {
    if (changes.some(isNews)) void follow();
  });
  return {
    start: () => void follow(),
    stop() {
      timers.stop();
      endFollowing();
    },
  };
}
