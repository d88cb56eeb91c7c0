import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { HttpFault } from "./http_answer.ts";

/**
 * Reads the whole body of a request.
 *
 * @throws HttpFault 413 where it is too large, 408 where it takes too long, 400 where it breaks off
 */
export function readRequestBody(
  request: IncomingMessage,
  { maxBytes, timeoutMs }: { maxBytes: number; timeoutMs: number },
): Promise<Uint8Array> {
  const tooLarge = () => new HttpFault(413, `send at most ${maxBytes} bytes`);
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
    return Promise.reject(tooLarge());
  }
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const end = (fault: HttpFault | null): void => {
      clearTimeout(timer);
      request.off("data", onData);
      request.pause();
      if (fault) reject(fault);
      else resolve(Buffer.concat(chunks));
    };
    const onData = (chunk: Uint8Array): void => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > maxBytes) end(tooLarge());
    };
    const brokeOff = () => end(new HttpFault(400, "the request broke off before its end"));
    const timer = setTimeout(
      () => end(new HttpFault(408, `send the whole request within ${timeoutMs / 1000} seconds`)),
      timeoutMs,
    );
    request.on("data", onData);
    request.once("end", () => end(null));
    request.once("error", brokeOff);
    request.once("close", brokeOff);
  });
}
