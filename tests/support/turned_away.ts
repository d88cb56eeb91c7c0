const { BrokenPipe, ConnectionRefused, ConnectionReset, NotConnected } = Deno.errors;

/**
 * Whether a connection ended since its listener went: it was refused, or reset while it stood in line, before or after
 * `Deno.connect` asked for its ends (`NotConnected`).
 */
export function isTurnedAway(error: unknown): boolean {
  return [BrokenPipe, ConnectionRefused, ConnectionReset, NotConnected]
    .some((kind) => error instanceof kind);
}
