import { ProtocolError } from "../../../protocol/errors.ts";
import { type NostrEvent, parseEvent } from "../../../protocol/nostr_event.ts";
import { hasOwnId } from "../events/prepared_event.ts";

/** A line of an input, numbered from 1: its text, or why that cannot be had. */
export type InputLine = { number: number; text: string } | { number: number; fault: string };

const LINE_FEED = 0x0a;

/**
 * Cuts bytes into lines of UTF-8. No more than `maxBytes` of a line are held: what is longer is a fault, and the line
 * after it is read again. The last one needs no line feed.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  { maxBytes }: { maxBytes: number },
): AsyncGenerator<InputLine> {
  let number = 0;
  let bytes = 0;
  let parts: Uint8Array[] = [];
  const hold = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes > maxBytes) parts = [];
    else parts.push(part);
  };
  const take = (): InputLine => {
    const isTooLong = bytes > maxBytes;
    const taken = parts;
    [number, bytes, parts] = [number + 1, 0, []];
    if (isTooLong) return { number, fault: `the line is longer than ${maxBytes} bytes` };
    const text = decode(taken);
    return text === null ? { number, fault: "the line is not UTF-8" } : { number, text };
  };

  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to >= 0; to = chunk.indexOf(LINE_FEED, from)) {
      hold(chunk.subarray(from, to));
      yield take();
      from = to + 1;
    }
    hold(chunk.subarray(from));
  }
  if (bytes > 0) yield take();
}

/**
 * The event that a line of JSON holds, its id right and its signature not looked at.
 *
 * @throws ProtocolError `malformed`, its message fit for the operator
 */
export function parseEventLine(text: string): NostrEvent {
  const event = parseEvent(parseJson(text));
  if (!hasOwnId(event)) throw malformed("the id is not the hash of the event");
  return event;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed("the line is not JSON", { cause });
  }
}

function decode(parts: readonly Uint8Array[]): string | null {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  try {
    return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

function malformed(message: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError("malformed", message, options);
}
