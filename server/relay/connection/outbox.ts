import type { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { WebSocket } from "ws";
import { encodeRelayFrame, type RelayFrame } from "../../../protocol/nostr_wire.ts";
import type { RelayLimits } from "../limits.ts";
import type { UnsentOfSocket } from "./unsent.ts";

/** What a connection sends. */
export interface Outbox {
  /** Sends a text frame; nothing where the socket is closing. Ends a reader that takes nothing. */
  send(frame: string | Buffer): void;
  sendFrame(frame: RelayFrame): void;
  /** True while so much is unsent that a scan should wait. */
  isBusy(): boolean;
  /** Ends when the reader has taken most of what was sent, or is gone. */
  drained(): Promise<void>;
}

/** Unsent bytes at which a scan waits for its reader, and those at which it goes on. */
const BUSY_BYTES = 1024 * 1024;
const IDLE_BYTES = BUSY_BYTES / 2;
/** What a socket may hold however much the others of its client do: who reads is not ended for a neighbour. */
const OWN_BYTES = 256 * 1024;

/**
 * The sending side of a socket. What is sent in one go leaves in one write: a write costs several times what a frame does.
 *
 * @param stream what the socket writes to
 * @param unsent what this socket holds, and others of its client, who share `maxClientBufferedBytes`
 * @param onTooSlow called once, when too much is unsent and the socket was ended for it
 * @param onOk called for the answer to each event
 */
export function createOutbox(
  socket: WebSocket,
  { stream, unsent, limits, onTooSlow, onOk = () => undefined }: {
    stream: Pick<Writable, "cork" | "uncork">;
    unsent: UnsentOfSocket;
    limits: Pick<RelayLimits, "maxBufferedBytes" | "maxClientBufferedBytes">;
    onTooSlow(): void;
    onOk?(accepted: boolean, message: string): void;
  },
): Outbox {
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    stream.uncork();
  };
  const corkForNow = (): void => {
    if (isCorked) return;
    isCorked = true;
    stream.cork();
    queueMicrotask(uncork);
  };
  let waiting: (() => void)[] = [];
  const wake = (): void => {
    const resolves = waiting;
    waiting = [];
    for (const resolve of resolves) resolve();
  };
  let isGone = false;
  const count = (): number => {
    const bytes = isGone ? 0 : socket.bufferedAmount;
    unsent.set(bytes);
    return bytes;
  };
  const onSent = (): void => {
    if (count() <= IDLE_BYTES && waiting.length > 0) wake();
  };
  socket.on("close", () => {
    isGone = true;
    count();
    wake();
  });

  const send = (frame: string | Buffer): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    corkForNow();
    socket.send(frame, { binary: false }, onSent);
    const bytes = count();
    const isOverShare = bytes > OWN_BYTES && unsent.ofClient() > limits.maxClientBufferedBytes;
    if (bytes <= limits.maxBufferedBytes && !isOverShare) return;
    socket.terminate();
    onTooSlow();
  };

  return {
    send,
    sendFrame(frame) {
      if (frame.type === "OK") onOk(frame.accepted, frame.message);
      send(encodeRelayFrame(frame));
    },
    isBusy() {
      const bytes = count();
      // What is asked for can wait where neighbours hold much; what comes live cannot.
      const isShareUsed = unsent.ofClient() > limits.maxClientBufferedBytes / 2;
      return bytes > (isShareUsed ? OWN_BYTES : BUSY_BYTES);
    },
    drained: () =>
      socket.readyState === WebSocket.OPEN
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(),
  };
}
