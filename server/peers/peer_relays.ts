import { KIND, type NostrEvent, signEvent } from "../../protocol/nostr_event.ts";
import { encodeClientFrame, readRelayFrame } from "../../protocol/nostr_wire.ts";
import type { Log } from "../log.ts";

/** A relay's answer to an event, in NIP-01's words. */
export interface PeerAnswer {
  accepted: boolean;
  message: string;
}

/** The other relays of this server. */
export interface PeerRelays {
  /** Publishes at one of them. Its answer; `error: …` where there is none. */
  publish(relay: string, event: NostrEvent): Promise<PeerAnswer>;
  /** Closes all connections; what is under way ends with an error. */
  stop(): void;
}

export interface PeerDeps {
  /** Secret half of the nostr key that the relays know one another by. */
  nostrSecret: Uint8Array;
  openSocket(url: string): WebSocket;
  /** 32 random bytes. */
  random(): Uint8Array;
  nowMs(): number;
  /** Runs something later; returns what prevents it. */
  afterMs(ms: number, run: () => void): () => void;
  log: Log;
}

type Connection = Pick<PeerRelays, "stop"> & { publish(event: NostrEvent): Promise<PeerAnswer> };

/** Senders wait about as long for an OK. */
const ANSWER_MS = 8_000;
const MAX_IN_FLIGHT = 1_024;
const AWAY: PeerAnswer = {
  accepted: false,
  message: "error: the reader's relay is away, try again later",
};
const BUSY: PeerAnswer = { accepted: false, message: "error: too much is in flight, try again" };

/** Connections to the others, opened when they are needed and opened again after they ended. */
export function createPeerRelays(deps: PeerDeps): PeerRelays {
  const connections = new Map<string, Connection>();
  /** Said once for each that goes: how often it is tried, strangers decide. */
  const away = new Set<string>();
  let isStopped = false;
  const connect = (relay: string): Connection => {
    const opened = openConnection(relay, deps, {
      onReady: () => {
        if (away.delete(relay)) deps.log.info("peers.back", { relay });
      },
      onAway(reason) {
        if (!away.has(relay)) deps.log.warn("peers.away", { relay, reason });
        away.add(relay);
      },
      onEnd: () => {
        if (connections.get(relay) === opened) connections.delete(relay);
      },
    });
    connections.set(relay, opened);
    return opened;
  };
  return {
    publish(relay, event) {
      if (isStopped) return Promise.resolve(AWAY);
      return (connections.get(relay) ?? connect(relay)).publish(event);
    },
    stop() {
      isStopped = true;
      for (const connection of connections.values()) connection.stop();
    },
  };
}

interface Waiting {
  event: NostrEvent;
  promise: Promise<PeerAnswer>;
  answer(answer: PeerAnswer): void;
}

/** What a connection tells of itself. */
interface Heard {
  /** The relay knows who this is. */
  onReady(): void;
  /** It ended with events that wait for their answers. */
  onAway(reason: string): void;
  onEnd(): void;
}

/** One connection, from its opening to its end. */
function openConnection(
  url: string,
  deps: PeerDeps,
  { onReady, onAway, onEnd }: Heard,
): Connection {
  const { nostrSecret, random, nowMs, afterMs } = deps;
  const waiting = new Map<string, Waiting>();
  const socket = deps.openSocket(url);
  let authId: string | null = null;
  let isReady = false;
  let hasEnded = false;

  const send = (event: NostrEvent) => socket.send(encodeClientFrame({ type: "EVENT", event }));

  const end = (reason: string): void => {
    if (hasEnded) return;
    hasEnded = true;
    onEnd();
    socket.close();
    if (waiting.size > 0) onAway(reason);
    for (const { answer } of waiting.values()) answer(AWAY);
  };

  const authenticate = (challenge: string): void => {
    const event = signEvent({
      kind: KIND.auth,
      created_at: Math.floor(nowMs() / 1000),
      tags: [["relay", url], ["challenge", challenge]],
      content: "",
    }, { nostrSecret, random: random() });
    authId = event.id;
    socket.send(encodeClientFrame({ type: "AUTH", event }));
  };

  const onAnswer = (id: string, answer: PeerAnswer): void => {
    if (id !== authId) return waiting.get(id)?.answer(answer);
    if (!answer.accepted) return end(answer.message);
    isReady = true;
    onReady();
    for (const { event } of waiting.values()) send(event);
  };

  socket.onmessage = ({ data }: MessageEvent<unknown>) => {
    const frame = typeof data === "string" ? readRelayFrame(data) : null;
    if (frame?.type === "AUTH") authenticate(frame.challenge);
    if (frame?.type === "OK") onAnswer(frame.eventId, frame);
  };
  socket.onerror = (event) => end(event instanceof ErrorEvent ? event.message : "it failed");
  socket.onclose = () => end("it was closed");

  return {
    stop: () => end("stopped"),
    publish(event) {
      const known = waiting.get(event.id);
      if (known) return known.promise;
      if (waiting.size >= MAX_IN_FLIGHT) return Promise.resolve(BUSY);
      const { promise, resolve } = Promise.withResolvers<PeerAnswer>();
      // A connection that is silent for so long is none any more.
      const cancel = afterMs(ANSWER_MS, () => end("it took too long"));
      const answer = (given: PeerAnswer): void => {
        cancel();
        waiting.delete(event.id);
        resolve({ accepted: given.accepted, message: given.message });
      };
      waiting.set(event.id, { event, promise, answer });
      if (isReady) send(event);
      return promise;
    },
  };
}
