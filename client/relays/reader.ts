import { KIND, signEvent } from "../../protocol/nostr_event.ts";
import type { RelayFrame } from "../../protocol/nostr_wire.ts";
import { createMailSubscription, type MailReading } from "./mail_subscription.ts";
import { createRelayConnection } from "./relay_connection.ts";
import type { RelayEnvironment } from "./relay_environment.ts";

export type ReaderState = "connected" | "connecting" | "waiting" | "refused";

/** The connection that reads the own mail. */
export interface Reader {
  readonly state: ReaderState;
  /** The relay's words where it refused. */
  readonly reason: string | null;
  start(): void;
  /** Ends the AUTHed connection; events that were taken are still dealt with. */
  stop(): Promise<void>;
  /** Tries again at once. */
  retry(): void;
}

/** A relay greets with its challenge; one that does not within this time is read without AUTH. */
const CHALLENGE_TIMEOUT_MS = 3_000;
const REFUSED_DELAY_MS = 30_000;
const MAX_AUTHS = 3;

/**
 * Reads the own mail from the home relay: AUTH with the nostr key, then what is stored, then what comes. (NIP-42;
 * specification page 4, "The relay pool")
 *
 * @param randomBytes draws fresh random bytes, for the signature
 * @param onState called after every change of `state` or `reason`
 */
export function createReader(
  { url, environment, nostrSecret, randomBytes, mail, onState }: {
    url: string;
    environment: RelayEnvironment;
    nostrSecret: Uint8Array;
    randomBytes(length: number): Uint8Array;
    mail: MailReading;
    onState(): void;
  },
): Reader {
  let state: ReaderState = "connecting";
  let reason: string | null = null;
  let challenge: string | null = null;
  let authId: string | null = null;
  let auths = 0;
  /** The connection ends because the relay refused; another time it may just be gone. */
  let isRefusing = false;
  let hadNetwork = environment.isOnline();
  let endWake = () => {};
  let cancelChallengeTimeout = () => {};

  const subscription = createMailSubscription({
    mail,
    environment,
    send: (frame) => connection.send(frame),
    onCaughtUp() {
      connection.confirm();
      change("connected");
    },
    onBroken: () => connection.drop(),
  });

  const connection = createRelayConnection({
    url,
    environment,
    onUp() {
      challenge = authId = null;
      auths = 0;
      cancelChallengeTimeout = environment.setTimer(subscription.open, CHALLENGE_TIMEOUT_MS);
    },
    onDown() {
      cancelChallengeTimeout();
      subscription.interrupt();
      if (!isRefusing) change("waiting");
    },
    onFrame,
  });

  /** Where only the network was missing, nothing is known to be wrong with the relay once it is back. */
  function followNetwork(): void {
    const hasNetwork = environment.isOnline();
    if (hasNetwork && !hadNetwork && state === "waiting") change("connecting");
    hadNetwork = hasNetwork;
  }

  function change(next: ReaderState, words: string | null = null): void {
    if (state === next && reason === words) return;
    state = next;
    reason = words;
    onState();
  }

  function onFrame(frame: RelayFrame): void {
    switch (frame.type) {
      case "AUTH":
        challenge = frame.challenge;
        return authenticate();
      case "OK":
        if (frame.eventId !== authId) return;
        authId = null;
        return frame.accepted ? subscription.open() : refuse(frame.message);
      case "EVENT":
        return subscription.receive(frame.id, frame.event);
      case "EOSE":
        return subscription.endStored(frame.id);
      case "CLOSED":
        return subscription.owns(frame.id) ? onClosed(frame.message) : undefined;
      case "NOTICE":
        return;
    }
  }

  function authenticate(): void {
    if (challenge === null || ++auths > MAX_AUTHS) return connection.drop();
    cancelChallengeTimeout();
    const tags = [["relay", url], ["challenge", challenge]];
    const createdAtS = Math.floor(environment.nowMs() / 1000);
    const template = { kind: KIND.auth, created_at: createdAtS, tags, content: "" };
    const event = signEvent(template, { nostrSecret, random: randomBytes(32) });
    authId = event.id;
    connection.send({ type: "AUTH", event });
  }

  function onClosed(message: string): void {
    if (message.startsWith("auth-required:")) return authenticate();
    if (message.startsWith("restricted:") || message.startsWith("blocked:")) return refuse(message);
    connection.drop();
  }

  function refuse(words: string): void {
    change("refused", words);
    isRefusing = true;
    connection.drop(REFUSED_DELAY_MS);
    isRefusing = false;
  }

  return {
    get state() {
      return state;
    },
    get reason() {
      return reason;
    },
    start() {
      hadNetwork = environment.isOnline();
      if (!hadNetwork) change("waiting");
      endWake = environment.onWake(followNetwork);
      connection.start();
    },
    stop() {
      endWake();
      connection.stop();
      return subscription.settled();
    },
    retry() {
      if (state !== "connected") change(environment.isOnline() ? "connecting" : "waiting");
      connection.wake();
    },
  };
}
