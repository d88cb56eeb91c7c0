import { isLoopbackServer } from "../protocol/handle.ts";

/** Plain connections to this machine: only where the server itself is on it, as in development. */
const LOOPBACK_SOURCES = "http://localhost:* ws://localhost:* http://127.0.0.1:* ws://127.0.0.1:*";

/** Content-Security-Policy of the web client; `server` is the public name. (Specification page 3) */
export function contentSecurityPolicy(server: string): string {
  const loopback = isLoopbackServer(server) ? ` ${LOOPBACK_SOURCES}` : "";
  return [
    "default-src 'none'",
    // Argon2id is WebAssembly.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob: https:",
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

/** Headers of every document and script of the web client. */
export function clientSecurityHeaders(server: string): Record<string, string> {
  return {
    "Content-Security-Policy": contentSecurityPolicy(server),
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy":
      "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), midi=(), display-capture=()",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
}
