import { isLoopbackServer } from "../protocol/handle.ts";

/** Plain connections to this machine: only where the server itself is on it, as in development. */
const LOOPBACK_SOURCES = "http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*";

/** The public name of a server, and its relay's URL. */
export interface PublicAddresses {
  server: string;
  relayUrl: string;
}

/** Content-Security-Policy of the web client. (Specification page 3) */
export function contentSecurityPolicy({ server, relayUrl }: PublicAddresses): string {
  const loopback = isLoopbackServer(server)
    ? ` ${LOOPBACK_SOURCES} ${relaySource(new URL(relayUrl))}`
    : "";
  return [
    "default-src 'none'",
    // Argon2id is WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    // Voice messages are played from memory, once they are opened.
    "media-src blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    // Relays and other people's servers can be anywhere.
    `connect-src 'self' https: wss:${loopback}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join("; ");
}

/** The relay's origin, which may have another of this machine's names; no source can name an IPv6 address. (CSP §2.3.1) */
function relaySource({ protocol, hostname, host }: URL): string {
  return hostname.startsWith("[") ? protocol : `${protocol}//${host}`;
}

/** Headers of every document and script of the web client. */
export function clientSecurityHeaders(addresses: PublicAddresses): Record<string, string> {
  return {
    "Content-Security-Policy": contentSecurityPolicy(addresses),
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy":
      // The camera scans codes and takes pictures, the microphone records voice messages; nothing else is asked for.
      "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), midi=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
}
