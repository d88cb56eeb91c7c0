import { encodeClientFrame, readRelayFrame, type RelayFrame } from "../../protocol/nostr_wire.ts";
import type { RelayEnvironment } from "./relay_environment.ts";
import { isRelayUrl } from "./relay_url.ts";

/** A frame larger than relays may send for the largest event ends the connection. */
const MAX_FRAME_CHARS = 128 * 1024;
const OPEN_TIMEOUT_MS = 10_000;
const NORMAL_CLOSURE = 1000;

export type OutgoingFrame = Parameters<typeof encodeClientFrame>[0];

/** One WebSocket to a relay, from its opening to its end. */
export interface RelaySocket {
  /** False where the socket is not open (any more). */
  send(frame: OutgoingFrame): boolean;
  /** Ends it; `onClose` is called before this returns. */
  close(): void;
}

/** What a socket reports. `onClose` comes exactly once, and nothing after it. */
export interface RelaySocketEvents {
  onOpen(): void;
  onFrame(frame: RelayFrame): void;
  onClose(): void;
}

/**
 * Opens a WebSocket to a relay. Text that is no relay frame is ignored, a frame beyond the bound ends the connection;
 * one that does not open within 10 s has ended. (NIP-01)
 */
export function openRelaySocket(
  url: string,
  { environment, onOpen, onFrame, onClose }:
    & { environment: Pick<RelayEnvironment, "openSocket" | "setTimer"> }
    & RelaySocketEvents,
): RelaySocket {
  let socket: WebSocket | null = null;
  let hasEnded = false;
  const cancelTimeout = environment.setTimer(end, OPEN_TIMEOUT_MS);

  function end(): void {
    if (hasEnded) return;
    hasEnded = true;
    cancelTimeout();
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(NORMAL_CLOSURE);
    onClose();
  }

  function receive(data: unknown): void {
    if (hasEnded) return;
    if (typeof data !== "string" || data.length > MAX_FRAME_CHARS) return end();
    const frame = readRelayFrame(data);
    if (frame) onFrame(frame);
  }

  try {
    if (!isRelayUrl(url)) throw new DOMException("This is not a relay's URL.", "SyntaxError");
    socket = environment.openSocket(url);
    socket.onopen = () => {
      cancelTimeout();
      if (!hasEnded) onOpen();
    };
    socket.onmessage = (event) => receive(event.data);
    socket.onclose = end;
    socket.onerror = end;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    queueMicrotask(end);
  }

  return {
    send(frame) {
      if (hasEnded || socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(encodeClientFrame(frame));
      return true;
    },
    close: end,
  };
}
