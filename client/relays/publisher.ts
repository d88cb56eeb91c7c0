import type { NostrEvent } from "../../protocol/nostr_event.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { openRelaySocket, type RelaySocket } from "./relay_socket.ts";

const ANSWER_TIMEOUT_MS = 10_000;
const IDLE_MS = 60_000;

/** A relay's answer to an event: its own words, or `error: …` where it gave none in time. */
export interface PublishAnswer {
  accepted: boolean;
  message: string;
}

/** Publishes on connections of its own. */
export interface Publisher {
  /** Never rejects; a relay that does not answer within 10 s has refused for now. */
  publish(url: string, event: NostrEvent): Promise<PublishAnswer>;
  /** Relays to which there is an open connection. */
  openRelays(): string[];
  stop(): void;
}

interface Connection {
  socket: RelaySocket;
  isOpen: boolean;
  /** By event id: who waits for its OK. */
  waiting: Map<string, { event: NostrEvent; settle(answer: PublishAnswer): void }>;
  cancelIdle(): void;
}

const NO_ANSWER: PublishAnswer = { accepted: false, message: "error: no answer" };

/**
 * Keeps connections that never AUTH, also where the relay asks for it: an AUTHed one would show the relay who sends the
 * mail. They open with the first event, and close after a minute without one. (Specification page 4)
 */
export function createPublisher(environment: RelayEnvironment): Publisher {
  const connections = new Map<string, Connection>();

  function connectionTo(url: string): Connection {
    const existing = connections.get(url);
    if (existing) return existing;
    const waiting: Connection["waiting"] = new Map();
    const connection: Connection = {
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
        },
        onFrame(frame) {
          if (frame.type !== "OK") return;
          waiting.get(frame.eventId)?.settle({ accepted: frame.accepted, message: frame.message });
        },
        onClose() {
          connections.delete(url);
          for (const { settle } of [...waiting.values()]) settle(NO_ANSWER);
          connection.cancelIdle();
        },
      }),
    };
    connections.set(url, connection);
    return connection;
  }

  return {
    publish(url, event) {
      const connection = connectionTo(url);
      connection.cancelIdle();
      return new Promise((resolve) => {
        const settle = (answer: PublishAnswer) => {
          if (!connection.waiting.delete(event.id)) return;
          cancelTimeout();
          if (connection.waiting.size === 0) {
            connection.cancelIdle();
            connection.cancelIdle = environment.setTimer(connection.socket.close, IDLE_MS);
          }
          resolve(answer);
        };
        const cancelTimeout = environment.setTimer(() => {
          settle(NO_ANSWER);
          connection.socket.close();
        }, ANSWER_TIMEOUT_MS);
        connection.waiting.set(event.id, { event, settle });
        if (connection.isOpen) connection.socket.send({ type: "EVENT", event });
      });
    },
    openRelays: () => [...connections].filter(([, { isOpen }]) => isOpen).map(([url]) => url),
    stop() {
      for (const { socket } of [...connections.values()]) socket.close();
    },
  };
}
