/** A handle: 3 to 32 of `a-z 0-9 _ -`, beginning with a letter or digit. (Specification page 1) */
const HANDLE = /^[a-z0-9][a-z0-9_-]{2,31}$/;

/** What is said of a text that is none. */
export const HANDLE_RULE =
  "A handle has 3 to 32 of the characters a-z, 0-9, _ and -, and begins with a letter or digit.";

const RESERVED = new Set(
  ("admin administrator root system support help security abuse postmaster hostmaster webmaster info contact api " +
    "www mail relay nostr kez kezchat server status about terms privacy null undefined me self everyone here")
    .split(" "),
);

/** True where the text has the syntax of a handle, reserved or not. */
export function isHandle(text: string): boolean {
  return HANDLE.test(text);
}

/** True for the names that nobody may register. */
export function isReservedHandle(handle: string): boolean {
  return RESERVED.has(handle);
}

/** A handle with the server it is registered on, or null for the home server. */
export interface ParsedHandle {
  handle: string;
  server: string | null;
}

/** Reads `alice`, `@alice` or `alice@server[:port]` as people type them; null where it is none of these. */
export function parseHandleInput(text: string): ParsedHandle | null {
  const [handle = "", server, ...rest] = text.trim().toLowerCase().replace(/^@/, "").split("@");
  if (!isHandle(handle) || rest.length > 0) return null;
  if (server === undefined) return { handle, server: null };
  return isServerName(server) ? { handle, server } : null;
}

/**
 * True for a public host name with an optional port, as `server` is written in documents: each host in one spelling alone, so
 * that nobody takes `0300.0250.0.1` for another one than `192.168.0.1`.
 */
export function isServerName(text: string): boolean {
  if (text.length > 253 + 6 || !/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/.test(text)) {
    return false;
  }
  if (text.startsWith(".") || text.startsWith("-")) return false;
  return URL.parse(`https://${text}/`)?.hostname === text.replace(/:\d+$/, "");
}

/** True where the host of a server name is this machine: then links are `http` and `ws`. (Specification page 3) */
export function isLoopbackServer(server: string): boolean {
  const host = server.replace(/:\d+$/, "");
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" ||
    /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** `http(s)://server`: the origin under which a server's API answers. */
export function serverOrigin(server: string): string {
  return `${isLoopbackServer(server) ? "http" : "https"}://${server}`;
}
