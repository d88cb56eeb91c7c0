import { Problem } from "./problems.ts";

/** Largest body of any call under `/v1`. (Specification page 3) */
const MAX_BODY_BYTES = 64 * 1024;

/** A sender that takes longer than this for a whole body is refused. */
const BODY_TIMEOUT_MS = 15_000;

/**
 * Reads a whole body. What `Content-Length` promises is believed only where it is too much already.
 *
 * @returns the bytes; null where the request has no body or an empty one
 * @throws Problem `too_large`, `request_timeout`, `malformed` where it breaks off
 */
export async function readBody(
  request: Request,
  { maxBytes = MAX_BODY_BYTES, timeoutMs = BODY_TIMEOUT_MS }: {
    maxBytes?: number;
    timeoutMs?: number;
  } = {},
): Promise<Uint8Array | null> {
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  if (!request.body) return null;
  const reader = request.body.getReader();
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(tooSlow(timeoutMs)), timeoutMs);
  try {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const { done, value } = await Promise.race([readNext(reader), timeout.promise]);
      if (done) return length === 0 ? null : joined(chunks, length);
      length += value.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(value);
    }
  } catch (error) {
    // The rest is not wanted; whether the sender is still there to be told makes no difference.
    reader.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function readNext(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    // The connection is gone, or its chunks make no sense: the sender's doing, not a fault of the server.
    throw new Problem("malformed", "The request broke off before its end. Send it again.", {
      cause,
    });
  }
}

function joined(chunks: Uint8Array[], length: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/** What is answered to who sends too much. */
export function tooLarge(maxBytes: number): Problem {
  return new Problem("too_large", `Send at most ${maxBytes} bytes.`);
}

function tooSlow(timeoutMs: number): Problem {
  return new Problem("request_timeout", `Send the whole request within ${timeoutMs / 1000} s.`, {
    headers: { "Connection": "close" },
  });
}
