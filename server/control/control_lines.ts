import { join } from "node:path";

/** The longest line that either end takes; lists come in many parts. */
export const MAX_LINE_BYTES = 64 * 1024;

const LINE_FEED = 10;
const CHUNK_BYTES = 16 * 1024;

/** Where the running server of a data folder listens. (Specification page 8) */
export function controlPath(dataDir: string): string {
  return join(dataDir, "control.sock");
}

/**
 * The lines that come over a connection, without their line feeds, until its end; a half line at the end is none.
 *
 * @throws RangeError where a line is longer than {@link MAX_LINE_BYTES}; TypeError where one is not UTF-8
 */
export async function* readLines(conn: Pick<Deno.Conn, "read">): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const chunk = new Uint8Array(CHUNK_BYTES);
  let rest = new Uint8Array();
  for (;;) {
    const count = await conn.read(chunk);
    if (count === null) return;
    let bytes = concat(rest, chunk.subarray(0, count));
    for (let end; (end = bytes.indexOf(LINE_FEED)) >= 0; bytes = bytes.subarray(end + 1)) {
      if (end > MAX_LINE_BYTES) throw new RangeError("The line is too long.");
      yield decoder.decode(bytes.subarray(0, end));
    }
    if (bytes.length > MAX_LINE_BYTES) throw new RangeError("The line is too long.");
    rest = bytes.slice();
  }
}

/** Writes a value as a line of JSON; ends when the system has taken all of it. */
export async function writeLine(conn: Pick<Deno.Conn, "write">, value: unknown): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
