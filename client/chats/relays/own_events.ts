import {
  compareNewestFirst,
  type EventTemplate,
  KIND,
  type NostrEvent,
  signEvent,
} from "../../../protocol/nostr_event.ts";
import { nostrPubkeyOf } from "../../../protocol/identity.ts";
import type { Publisher } from "../../relays/publisher.ts";
import type { RelayEnvironment } from "../../relays/relay_environment.ts";
import type { RelayQueries } from "../../relays/relay_queries.ts";
import { UserError } from "../../user_error.ts";

/** What the own relays have of the user's public events. */
export interface HeldEvents {
  /** False where a relay did not answer, and may have something newer. */
  isComplete: boolean;
  /** The newest of a kind; null where none was found. */
  newest(kind: number): NostrEvent | null;
  /** Brings an event to the relays that do not have it. True once one of them took it, or all have it. */
  bring(event: NostrEvent): Promise<boolean>;
}

/** The user's public events: profile and relay list. */
export interface OwnEvents {
  /** Null where no relay answers. */
  fetch(): Promise<HeldEvents | null>;
  /** Signs an event that takes the place of `before`. @throws UserError `storage_failed` once the chats are closed */
  sign(
    content: Pick<EventTemplate, "kind" | "tags" | "content">,
    before: NostrEvent | null,
  ): NostrEvent;
}

/** They travel on connections of their own: mail never shares one with them. */
const LANE = "own events";

/** Public events over the own relays. (Specification page 4) */
export function createOwnEvents(
  { publisher, queries, environment, nostrSecret, randomBytes, relays, isStopped }: {
    publisher: Pick<Publisher, "publish">;
    queries: RelayQueries;
    environment: Pick<RelayEnvironment, "nowMs">;
    nostrSecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    relays(): readonly string[];
    /** True once the secret may be gone. */
    isStopped(): boolean;
  },
): OwnEvents {
  const author = nostrPubkeyOf(nostrSecret);

  return {
    async fetch() {
      const question = { author, kinds: [KIND.profile, KIND.relayList] };
      const answers = await Promise.all(relays().map((url) => queries.ask(url, question)));
      const held = answers.filter((answer) => answer !== null);
      if (held.length === 0) return null;
      const byUrl = new Map(relays().map((url, i) => [url, answers[i] ?? []]));
      return {
        isComplete: held.length === answers.length,
        newest: (kind) => newestOf(held.flat(), kind),
        async bring(event) {
          const lacking = relays().filter((url) =>
            !byUrl.get(url)?.some(({ id }) => id === event.id)
          );
          const publishing = lacking.map((url) => publisher.publish(url, { event, lane: LANE }));
          const taken = await Promise.all(publishing);
          return taken.length === 0 || taken.some(({ accepted }) => accepted);
        },
      };
    },
    sign(content, before) {
      if (isStopped()) throw new UserError("storage_failed");
      const nowS = Math.floor(environment.nowMs() / 1000);
      const createdAtS = Math.max(nowS, (before?.created_at ?? 0) + 1);
      const template = { ...content, created_at: createdAtS };
      return signEvent(template, { nostrSecret, random: randomBytes(32) });
    },
  };
}

function newestOf(events: NostrEvent[], kind: number): NostrEvent | null {
  return events.filter((event) => event.kind === kind).sort(compareNewestFirst)[0] ?? null;
}
