import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { openRelaySocket, type RelaySocket } from "./relay_socket.ts";

const ANSWER_TIMEOUT_MS = 10_000;
const IDLE_MS = 30_000;

/** Open connections; what needs one more waits for the next that has nothing to do. */
export const MAX_PUBLISHING_CONNECTIONS = 32;

/** A relay's answer to an event: its own words, or `error: …` where it gave none in time. */
export interface PublishAnswer {
  accepted: boolean;
  message: string;
}

/** An event, and the lane in which it travels: those of different lanes never share a connection. */
export interface Outgoing {
  event: NostrEvent;
  /** Never sent; one for each reader. */
  lane: string;
}

/** Publishes on connections of its own. */
export interface Publisher {
  /** Never rejects; a relay that does not answer within 10 s has refused for now. */
  publish(url: string, outgoing: Outgoing): Promise<PublishAnswer>;
  /** Relays to which there is an open connection. */
  openRelays(): string[];
  stop(): void;
}

interface Connection {
  url: string;
  socket: RelaySocket;
  isOpen: boolean;
  /** By event id: who waits for its OK. */
  waiting: Map<string, Waiting>;
  cancelIdle(): void;
}

interface Waiting {
  event: NostrEvent;
  answer: Promise<PublishAnswer>;
  settle(answer: PublishAnswer): void;
}

/** Something to publish for which there was no connection to be had. */
interface Held {
  begin(): void;
  refuse(): void;
}

const NO_ANSWER: PublishAnswer = { accepted: false, message: "error: no answer" };

/**
 * Keeps connections that never AUTH, also where the relay asks for it: an AUTHed one would show the relay who sends the
 * mail. Each relay is reached over as many connections as there are lanes, for a relay that saw mail to several readers
 * on one would know who writes to whom, whatever their one-time authors. They open with the first event, and close after
 * half a minute without one. (Specification page 4)
 *
 * @param onOpen called with a relay's URL whenever there is a new connection to it
 */
export function createPublisher(
  { environment, onOpen = () => {} }: {
    environment: RelayEnvironment;
    onOpen?: (url: string) => void;
  },
): Publisher {
  const connections = new Map<string, Connection>();
  const held: Held[] = [];

  function connectionTo(url: string, key: string): Connection {
    const existing = connections.get(key);
    if (existing) return existing;
    const waiting: Connection["waiting"] = new Map();
    const connection: Connection = {
      url,
      waiting,
      isOpen: false,
      cancelIdle: () => {},
      socket: openRelaySocket(url, {
        environment,
        onOpen() {
          connection.isOpen = true;
          for (const { event } of waiting.values()) {
            connection.socket.send({ type: "EVENT", event });
          }
          onOpen(url);
        },
        onFrame(frame) {
          if (frame.type !== "OK") return;
          waiting.get(frame.eventId)?.settle({ accepted: frame.accepted, message: frame.message });
        },
        onClose() {
          connections.delete(key);
          for (const { settle } of [...waiting.values()]) settle(NO_ANSWER);
          connection.cancelIdle();
          if (connections.size < MAX_PUBLISHING_CONNECTIONS) held.shift()?.begin();
        },
      }),
    };
    connections.set(key, connection);
    return connection;
  }

  function hasRoomFor(key: string): boolean {
    if (connections.has(key) || connections.size < MAX_PUBLISHING_CONNECTIONS) return true;
    const idle = [...connections.values()].find(({ waiting }) => waiting.size === 0);
    idle?.socket.close();
    return idle !== undefined;
  }

  function rest(connection: Connection): void {
    if (connection.waiting.size > 0) return;
    if (held.length > 0) return connection.socket.close();
    connection.cancelIdle();
    connection.cancelIdle = environment.setTimer(connection.socket.close, IDLE_MS);
  }

  function deliver(connection: Connection, event: NostrEvent): Promise<PublishAnswer> {
    // A relay answers an event once, however often it is asked meanwhile.
    const running = connection.waiting.get(event.id);
    if (running) return running.answer;
    connection.cancelIdle();
    const { promise: answer, resolve } = Promise.withResolvers<PublishAnswer>();
    const settle = (given: PublishAnswer) => {
      if (!connection.waiting.delete(event.id)) return;
      cancelTimeout();
      rest(connection);
      resolve(given);
    };
    const cancelTimeout = environment.setTimer(() => {
      settle(NO_ANSWER);
      connection.socket.close();
    }, ANSWER_TIMEOUT_MS);
    connection.waiting.set(event.id, { event, answer, settle });
    if (connection.isOpen) connection.socket.send({ type: "EVENT", event });
    return answer;
  }

  return {
    publish(url, { event, lane }) {
      const key = JSON.stringify([url, lane]);
      if (hasRoomFor(key)) return deliver(connectionTo(url, key), event);
      return new Promise((resolve) => {
        held.push({
          begin: () => resolve(deliver(connectionTo(url, key), event)),
          refuse: () => resolve(NO_ANSWER),
        });
      });
    },
    openRelays() {
      const open = [...connections.values()].filter(({ isOpen }) => isOpen);
      return [...new Set(open.map(({ url }) => url))];
    },
    stop() {
      for (const { refuse } of held.splice(0)) refuse();
      for (const { socket } of [...connections.values()]) socket.close();
    },
  };
}
