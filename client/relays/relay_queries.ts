import { compareNewestFirst, type NostrEvent, verifyEvent } from "../../protocol/nostr_event.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { openRelaySocket, type RelaySocket } from "./relay_socket.ts";

const ANSWER_TIMEOUT_MS = 10_000;
/** Of one author and a few kinds of which each has one event. */
const MAX_EVENTS = 20;
/** An event that is dated further ahead would outlive what its author writes next. */
const MAX_AHEAD_S = 15 * 60;
const SUBSCRIPTION = "public";

/** Asks relays for what anybody may read. */
export interface RelayQueries {
  /**
   * The events of one author and these kinds that a relay has, the newest first, each verified; null where it does not
   * answer. Never rejects.
   *
   * @param author nostr key, 64 hex
   */
  ask(url: string, question: { author: string; kinds: number[] }): Promise<NostrEvent[] | null>;
  stop(): void;
}

/** Asks over connections that serve one question and never AUTH, so that a relay learns of one author at a time. */
export function createRelayQueries(environment: RelayEnvironment): RelayQueries {
  const open = new Set<RelaySocket>();

  function ask(
    url: string,
    { author, kinds }: { author: string; kinds: number[] },
  ): Promise<NostrEvent[] | null> {
    const { promise, resolve } = Promise.withResolvers<NostrEvent[] | null>();
    const found: NostrEvent[] = [];
    const fits = (event: NostrEvent) =>
      event.pubkey === author && kinds.includes(event.kind) &&
      event.created_at <= environment.nowMs() / 1000 + MAX_AHEAD_S && verifyEvent(event);
    const socket = openRelaySocket(url, {
      environment,
      onOpen() {
        const filters = [{ kinds, authors: [author], limit: MAX_EVENTS }];
        socket.send({ type: "REQ", id: SUBSCRIPTION, filters });
      },
      onFrame(frame) {
        if (!("id" in frame) || frame.id !== SUBSCRIPTION) return;
        if (frame.type === "EVENT" && found.push(frame.event) <= MAX_EVENTS) return;
        if (frame.type === "EOSE") resolve(found.filter(fits).sort(compareNewestFirst));
        socket.close();
      },
      onClose() {
        cancelTimeout();
        open.delete(socket);
        resolve(null);
      },
    });
    open.add(socket);
    const cancelTimeout = environment.setTimer(socket.close, ANSWER_TIMEOUT_MS);
    return promise;
  }

  return {
    ask,
    stop() {
      for (const socket of [...open]) socket.close();
    },
  };
}
