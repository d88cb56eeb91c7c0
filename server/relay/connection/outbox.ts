import type { Buffer } from "node:buffer";
import type { Writable } from "node:stream";
import { WebSocket } from "ws";
import { encodeRelayFrame, type RelayFrame } from "../../../protocol/nostr_wire.ts";

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

/**
 * The sending side of a socket. What is sent in one go leaves in one write: a write costs several times what a frame does.
 *
 * @param stream what the socket writes to
 * @param onTooSlow called once, when more than `maxBufferedBytes` are unsent and the socket was ended for it
 * @param onOk called for the answer to each event
 */
export function createOutbox(
  socket: WebSocket,
  { stream, maxBufferedBytes, onTooSlow, onOk = () => undefined }: {
    stream: Pick<Writable, "cork" | "uncork">;
    maxBufferedBytes: number;
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
  const onSent = (): void => {
    if (waiting.length > 0 && socket.bufferedAmount <= IDLE_BYTES) wake();
  };
  socket.on("close", wake);

  const send = (frame: string | Buffer): void => {
    if (socket.readyState !== WebSocket.OPEN) return;
    corkForNow();
    socket.send(frame, { binary: false }, onSent);
    if (socket.bufferedAmount <= maxBufferedBytes) return;
    socket.terminate();
    onTooSlow();
  };

  return {
    send,
    sendFrame(frame) {
      if (frame.type === "OK") onOk(frame.accepted, frame.message);
      send(encodeRelayFrame(frame));
    },
    isBusy: () => socket.bufferedAmount > BUSY_BYTES,
    drained: () =>
      socket.readyState === WebSocket.OPEN
        ? new Promise((resolve) => waiting.push(resolve))
        : Promise.resolve(),
  };
}
