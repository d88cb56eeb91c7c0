/** Paths that are never the app's. */
const RESERVED = /^\/(?:v1|\.well-known|internal|assets|list|upload|relay)(?:\/|$)/;
const BLOB = /^\/[0-9a-f]{64}(?:\.[A-Za-z0-9]+)?$/;

/** True for a path at which browsers are given the app's page. (Specification page 3, "The web client") */
export function isAppPath(pathname: string): boolean {
  return !RESERVED.test(pathname) && !BLOB.test(pathname);
}
