/** Bytes as the body of a request that came over a socket: a stream that fills its reader's buffers. */
export function byteStreamOf(
  ...chunks: Uint8Array<ArrayBuffer>[]
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const waiting = chunks.filter(({ length }) => length > 0);
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const chunk = waiting.shift();
      // What is enqueued is taken from its owner.
      if (chunk) return controller.enqueue(chunk.slice());
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
}
