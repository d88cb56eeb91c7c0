import { Problem } from "../problems.ts";

/** A sender that is silent for so long has gone. */
const SILENCE_MS = 30_000;
/** However slowly it sends, an upload ends by then. */
const TOTAL_MS = 30 * 60_000;
const CHUNK_BYTES = 64 * 1024;

/**
 * The chunks of a request's body, as they come; each is only good until the next one is asked for.
 *
 * @throws Problem `request_timeout`, `malformed` where it breaks off
 */
export async function* readChunks(
  request: Request,
  { silenceMs = SILENCE_MS, totalMs = TOTAL_MS }: { silenceMs?: number; totalMs?: number } = {},
): AsyncGenerator<Uint8Array> {
  if (!request.body) return;
  const reader = openReader(request.body);
  const endMs = performance.now() + totalMs;
  // One for all chunks: it travels through the reader and comes back.
  let buffer = new ArrayBuffer(CHUNK_BYTES);
  try {
    for (;;) {
      const reading = reader.read(buffer);
      const { done, value } = await within(reading, Math.min(silenceMs, endMs - performance.now()));
      if (done) return;
      yield value;
      buffer = value.buffer.byteLength === CHUNK_BYTES
        ? value.buffer
        : new ArrayBuffer(CHUNK_BYTES);
    }
  } finally {
    // What is left is not wanted; whether the sender is still there to be told makes no difference.
    reader.cancel().catch(() => undefined);
  }
}

interface BodyReader {
  read(buffer: ArrayBuffer): Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>>;
  cancel(): Promise<void>;
}

/** Deno gives a body that has arrived by the time it is asked for as a stream of whole chunks, which take no buffer. */
function openReader(body: ReadableStream<Uint8Array<ArrayBuffer>>): BodyReader {
  try {
    const reader = body.getReader({ mode: "byob" });
    return {
      read: (buffer) => reader.read(new Uint8Array(buffer)) as ReturnType<BodyReader["read"]>,
      cancel: () => reader.cancel(),
    };
  } catch (error) {
    if (!(error instanceof TypeError) || body.locked) throw error;
    const reader = body.getReader();
    return { read: () => reader.read(), cancel: () => reader.cancel() };
  }
}

async function within<T>(reading: Promise<T>, ms: number): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => timeout.reject(tooSlow()), ms);
  try {
    return await Promise.race([reading, timeout.promise]);
  } catch (cause) {
    if (cause instanceof Problem) throw cause;
    throw new Problem("malformed", "The upload broke off before its end. Send it again.", {
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(): Problem {
  return new Problem("request_timeout", "The upload stalled. Send it again.", {
    headers: { "Connection": "close" },
  });
}
