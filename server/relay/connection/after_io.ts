const NOTHING = new Uint8Array();

/**
 * Runs something after sockets that are ready were looked at: what `setImmediate` promises. Deno looks at sockets only
 * every 61st turn of its event loop while immediates (or messages of Workers) keep it busy; turns of a few milliseconds then
 * add up to half a second. A hash is made on another thread, for which the loop has to wait, and so it looks.
 */
export function afterIo(run: () => void): void {
  void crypto.subtle.digest("SHA-256", NOTHING).then(run);
}
