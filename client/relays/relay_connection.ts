import type { RelayFrame } from "../../protocol/nostr_wire.ts";
import { backoffMs } from "./backoff.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { openRelaySocket, type OutgoingFrame, type RelaySocket } from "./relay_socket.ts";

/** A connection from which nothing was heard for so long is asked whether it is alive. */
const QUIET_MS = 60_000;
const ALIVE_TIMEOUT_MS = 8_000;
const ALIVE_SUBSCRIPTION = "alive";
const NO_EVENT = "0".repeat(64);

/** A connection to one relay that comes back by itself. */
export interface RelayConnection {
  start(): void;
  stop(): void;
  /** Connects at once, or asks an open connection whether it is alive; the next waits begin at 1 s again. */
  wake(): void;
  /** False where there is no open connection. */
  send(frame: OutgoingFrame): boolean;
  /** Ends the present connection; the next attempt comes after the usual wait, at least `minDelayMs`. */
  drop(minDelayMs?: number): void;
  /** Says that the connection does what it is for: the next waits begin at 1 s again. */
  confirm(): void;
}

/**
 * Keeps one WebSocket to a relay: reconnects with backoff, never while the device is offline, and notices a connection
 * that died without a word.
 *
 * @param onUp a connection is open
 * @param onDown it has ended, or did not come to be
 */
export function createRelayConnection(
  { url, environment, onUp, onDown, onFrame }: {
    url: string;
    environment: RelayEnvironment;
    onUp(): void;
    onDown(): void;
    onFrame(frame: RelayFrame): void;
  },
): RelayConnection {
  let socket: RelaySocket | null = null;
  let isRunning = false;
  let failures = 0;
  let minDelayMs = 0;
  let cancelTimer = () => {};
  let endWake = () => {};

  function connect(): void {
    cancelTimer();
    if (!isRunning || socket || !environment.isOnline()) return;
    socket = openRelaySocket(url, {
      environment,
      onOpen() {
        expectLife();
        onUp();
      },
      onFrame(frame) {
        expectLife();
        const isAnswer = frame.type === "EOSE" || frame.type === "CLOSED";
        if (!isAnswer || frame.id !== ALIVE_SUBSCRIPTION) return onFrame(frame);
        if (frame.type === "EOSE") socket?.send({ type: "CLOSE", id: ALIVE_SUBSCRIPTION });
      },
      onClose,
    });
  }

  function onClose(): void {
    socket = null;
    cancelTimer();
    failures++;
    if (isRunning) {
      const delayMs = Math.max(minDelayMs, backoffMs(failures, environment.random()));
      cancelTimer = environment.setTimer(connect, delayMs);
    }
    minDelayMs = 0;
    onDown();
  }

  function expectLife(): void {
    cancelTimer();
    cancelTimer = environment.setTimer(askForLife, QUIET_MS);
  }

  function askForLife(): void {
    cancelTimer();
    const filters = [{ ids: [NO_EVENT], limit: 1 }];
    const isSent = socket?.send({ type: "REQ", id: ALIVE_SUBSCRIPTION, filters });
    // One that is still opening has a time-out of its own.
    if (isSent) cancelTimer = environment.setTimer(() => socket?.close(), ALIVE_TIMEOUT_MS);
  }

  function wake(): void {
    failures = 0;
    if (!environment.isOnline()) socket?.close();
    else if (socket) askForLife();
    else connect();
  }

  return {
    start() {
      isRunning = true;
      endWake = environment.onWake(wake);
      connect();
    },
    stop() {
      isRunning = false;
      endWake();
      cancelTimer();
      socket?.close();
    },
    wake,
    send: (frame) => socket?.send(frame) ?? false,
    drop(delayMs = 0) {
      minDelayMs = delayMs;
      socket?.close();
    },
    confirm() {
      failures = 0;
    },
  };
}
