const { BrokenPipe, ConnectionRefused, ConnectionReset, NotConnected } = Deno.errors;

/**
 * Whether a connection ended because its listener went: it was refused, or reset while it stood in line, perhaps before
 * `Deno.connect` had asked for its ends (`NotConnected`).
 */
export function isTurnedAway(error: unknown): boolean {
  return [BrokenPipe, ConnectionRefused, ConnectionReset, NotConnected]
    .some((kind) => error instanceof kind);
}
