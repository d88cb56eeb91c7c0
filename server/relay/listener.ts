import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ServerOptions, type WebSocket, WebSocketServer } from "ws";
import type { Endpoint } from "../config.ts";
import { type HttpAnswer, type HttpRequest, isRelayPath } from "./http_answer.ts";
import type { RelayLimits } from "./limits.ts";
import { readRequestBody } from "./request_body.ts";
import { createSocketCount } from "./socket_count.ts";

/** A listener for WebSockets and plain requests. */
export interface Listener {
  port: number;
  /** Takes no new connections; ends when the ones it has are gone. */
  close(): Promise<void>;
  /** Ends by force the connections that are left. */
  destroy(): void;
}

/** What a WebSocket came out of. */
export interface AcceptedSocket {
  /** Whom it is counted for. */
  client: string;
  stream: Duplex;
}

/** Options that `ws` has and its types lack. */
interface UntypedOptions {
  closeTimeout: number;
  maxFragments: number;
  maxBufferedChunks: number;
}

/** Half a request header may take this long. */
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** How long a peer may take to answer the closing of a socket. */
const CLOSE_TIMEOUT_MS = 1_500;
const MAX_HEADER_BYTES = 16 * 1024;
/** Connections besides those that became sockets: plain requests, and those that have not said what they are. */
const MAX_OTHER_CONNECTIONS = 500;
/** How long a refused peer may take to read why. */
const REFUSAL_MS = 2_000;
const MAX_FRAGMENTS = 64;
const MAX_BUFFERED_CHUNKS = 1_024;
/** A body that is asked for, and how long it may take. */
const BODY_LIMITS = { maxBytes: 64 * 1024, timeoutMs: 10_000 };

/**
 * Opens the listener.
 *
 * @throws what node:net throws where the endpoint cannot be listened at
 */
export async function openRelayListener({ bind, limits, clientOf, isBlocked, answer, onSocket }: {
  bind: Endpoint;
  limits: Pick<RelayLimits, "maxFrameBytes" | "maxSockets" | "maxSocketsPerIp">;
  /** Whose sockets are counted together. */
  clientOf(request: IncomingMessage): string;
  /** True for a client whose sockets are refused. */
  isBlocked(client: string): boolean;
  answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
  onSocket(socket: WebSocket, accepted: AcceptedSocket): void;
}): Promise<Listener> {
  const sockets = createSocketCount(limits);
  const options: ServerOptions & UntypedOptions = {
    noServer: true,
    clientTracking: false,
    maxPayload: limits.maxFrameBytes,
    // A frame of 128 KiB in pieces of a byte would cost a hundred times its size.
    maxFragments: MAX_FRAGMENTS,
    maxBufferedChunks: MAX_BUFFERED_CHUNKS,
    // Envelopes do not compress, and a window for each socket would cost more memory than all else.
    perMessageDeflate: false,
    closeTimeout: CLOSE_TIMEOUT_MS,
  };
  const upgrader = new WebSocketServer(options);
  const server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: HEADERS_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: HEADERS_TIMEOUT_MS / 2,
    maxHeaderSize: MAX_HEADER_BYTES,
  }, (request, response) => void respond(request, { response, answer, client: clientOf(request) }));
  const connections = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    // File descriptors are the process's: when they run out, nobody is let in again.
    if (connections.size >= limits.maxSockets + MAX_OTHER_CONNECTIONS) return socket.destroy();
    connections.add(socket);
    socket.once("close", () => connections.delete(socket));
  });

  server.on("upgrade", (request: IncomingMessage, raw: Duplex, head: Uint8Array) => {
    if (!isRelayPath(request.url ?? "")) return refuse(raw, "404 Not Found");
    const client = clientOf(request);
    if (isBlocked(client)) return refuse(raw, "403 Forbidden");
    const leave = sockets.enter(client);
    if (!leave) return refuse(raw, "429 Too Many Requests");
    raw.once("close", leave);
    const accepted = { client, stream: raw };
    upgrader.handleUpgrade(request, raw, Buffer.from(head), (socket) => onSocket(socket, accepted));
  });

  const port = await listen(server, bind);
  return { port, close: () => closeServer(server), destroy: () => server.closeAllConnections() };
}

async function respond(
  request: IncomingMessage,
  { response, answer, client }: {
    response: ServerResponse;
    answer(request: HttpRequest): HttpAnswer | Promise<HttpAnswer>;
    client: string;
  },
): Promise<void> {
  let hasUnread = "content-length" in request.headers || "transfer-encoding" in request.headers;
  const { status, headers, body } = await answer({
    method: request.method ?? "GET",
    target: request.url ?? "/",
    accept: request.headers.accept ?? "",
    contentType: request.headers["content-type"] ?? "",
    authorization: request.headers.authorization ?? null,
    client,
    async readBody() {
      const read = await readRequestBody(request, BODY_LIMITS);
      hasUnread = false;
      return read;
    },
  });
  if (!hasUnread) {
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  // Whoever sends a body that nobody asked for, perhaps without end, is not listened to.
  response.writeHead(status, { ...headers, Connection: "close" });
  response.end(body, () => destroySoon(request.socket));
}

function refuse(raw: Duplex, status: string): void {
  raw.on("error", () => raw.destroy());
  raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  destroySoon(raw);
}

/** Lets the peer read the answer, then ends the connection whether or not it ended its half. */
function destroySoon(raw: Duplex): void {
  const timer = setTimeout(() => raw.destroy(), REFUSAL_MS);
  raw.once("close", () => clearTimeout(timer));
}

function listen(server: Server, { hostname, port }: Endpoint): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
