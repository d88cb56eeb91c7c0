import type { Buffer } from "node:buffer";
import type { WebSocket } from "ws";
import type { Turns } from "./turns.ts";

/** A message as it came. */
export interface ReceivedMessage {
  data: Buffer;
  isBinary: boolean;
}

/** What a connection receives, one message a turn. */
export interface Inbox {
  /** Goes on after `mustWait` said no. */
  resume(): void;
  /** Drops what came and what comes. */
  close(): void;
}

/** Messages that were read and not handled yet; the socket is not read on above it, or above a large one. */
const MAX_WAITING = 16;
const LARGE_BYTES = 16 * 1024;

/**
 * The receiving side of a socket. What cannot be handled yet waits here up to a bound; more of it stays with the sender,
 * because its socket is not read.
 *
 * @param mustWait true where the next message cannot be handled yet; whoever says so calls `resume` later
 */
export function createInbox(
  socket: WebSocket,
  { client, turns, mustWait, handle }: {
    client: string;
    turns: Turns;
    mustWait(): boolean;
    handle(message: ReceivedMessage): void;
  },
): Inbox {
  const owner = { client };
  const waiting: ReceivedMessage[] = [];
  let isQueued = false;
  let isClosed = false;

  const turn = (): "done" | "more" => {
    if (waiting.length > 0 && !mustWait()) {
      handle(waiting.shift()!);
      if (waiting.length > 0) return "more";
    }
    isQueued = false;
    if (waiting.length === 0 && !isClosed && socket.isPaused) socket.resume();
    return "done";
  };
  const resume = (): void => {
    if (isQueued || waiting.length === 0) return;
    isQueued = true;
    turns.add(owner, { run: turn });
  };
  const close = (): void => {
    isClosed = true;
    waiting.length = 0;
  };

  socket.on("message", (data: Buffer, isBinary: boolean) => {
    if (isClosed) return;
    waiting.push({ data, isBinary });
    if (waiting.length >= MAX_WAITING || data.length >= LARGE_BYTES) socket.pause();
    resume();
  });
  socket.on("close", close);
  return { resume, close };
}
