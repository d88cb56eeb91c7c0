import { type IncomingMessage, request as httpRequest } from "node:http";
import { Duplex } from "node:stream";

/** A request that goes over a connection of its own. */
export interface RequestOver {
  method: string;
  headers: Record<string, string | number>;
  signal: AbortSignal;
}

/**
 * Sends a request without a body over a connection that is open already, and ends with the answer's head. The caller
 * reads the rest and closes the connection. (HTTP/1.1; RFC 9112)
 */
export function requestOver(
  connection: Deno.Conn,
  url: URL,
  { method, headers, signal }: RequestOver,
): Promise<IncomingMessage> {
  const { readable, writable } = connection;
  const socket = Duplex.fromWeb({ readable, writable } as Parameters<typeof Duplex.fromWeb>[0]);
  return new Promise((resolve, reject) => {
    // Whatever the socket meets after the answer is read, or given up, is nobody's concern any more.
    socket.on("error", reject);
    const request = httpRequest({
      host: url.hostname,
      path: url.pathname + url.search,
      method,
      headers: { "Host": url.host, "User-Agent": "kez-chat", "Connection": "close", ...headers },
      createConnection: () => socket as never,
      signal,
    }, resolve);
    request.on("error", reject);
    request.end();
  });
}
