import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { WebSocket } from "ws";
import { closeQuietly, type PinnedConnect } from "../pinned_connection.ts";

/** An open WebSocket to a relay. */
export interface RelaySocket {
  send(text: string): void;
  /** Stops reading, so that the relay has to wait; {@link resume} goes on. */
  pause(): void;
  resume(): void;
  /** Ends it at once. */
  close(): void;
}

export interface SocketEvents {
  onText(text: string): void;
  /** Once, in whatever way it ended. */
  onClose(): void;
}

/** Connects to a relay. @throws where it does not answer in time */
export type OpenSocket = (url: string, events: SocketEvents) => Promise<RelaySocket>;

/** Our relay takes events of 64 KiB; nothing else is waited for. */
const MAX_MESSAGE_BYTES = 128 * 1024;
const CONNECT_MS = 15_000;
const PING_MS = 45_000;

/** Sockets whose messages are bounded, over connections of Deno: in a Worker `node:tls` is not to be had. */
export function createOpenSocket(connect: PinnedConnect): OpenSocket {
  return async (text, events) => {
    const url = new URL(text);
    const isTls = url.protocol === "wss:";
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(new Error("no answer in time")), CONNECT_MS);
    try {
      const connection = await connect({
        host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
        port: Number(url.port) || (isTls ? 443 : 80),
        isTls,
        mayBePrivate: true,
      }, ending.signal);
      return await upgrade(connection, { url, events, signal: ending.signal });
    } finally {
      clearTimeout(timer);
    }
  };
}

function upgrade(
  connection: Deno.Conn,
  { url, events, signal }: { url: URL; events: SocketEvents; signal: AbortSignal },
): Promise<RelaySocket> {
  const { readable, writable } = connection;
  const stream = Duplex.fromWeb({ readable, writable } as Parameters<typeof Duplex.fromWeb>[0]);
  // It is told by the WebSocket over it.
  stream.on("error", () => undefined);
  const plain = new URL(url);
  plain.protocol = "ws:";
  const socket = new WebSocket(plain, {
    createConnection: () => stream as never,
    headers: { Host: url.host },
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    const giveUp = () => socket.terminate();
    signal.addEventListener("abort", giveUp, { once: true });
    let isAlive = true;
    const pinging = setInterval(() => {
      if (socket.isPaused) return;
      if (!isAlive) return socket.terminate();
      isAlive = false;
      socket.ping();
    }, PING_MS);
    const hear = () => {
      isAlive = true;
    };
    let isOpen = false;
    socket.on("pong", hear);
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      hear();
      if (!isBinary) events.onText(data.toString());
    });
    socket.on("error", reject);
    socket.once("close", () => {
      clearInterval(pinging);
      closeQuietly(connection);
      reject(new Error("the relay closed the connection"));
      if (isOpen) events.onClose();
    });
    socket.once("open", () => {
      isOpen = true;
      signal.removeEventListener("abort", giveUp);
      resolve({
        send: (text) => socket.send(text, () => undefined),
        pause: () => socket.pause(),
        resume: () => socket.resume(),
        close: () => socket.terminate(),
      });
    });
  });
}
