import assert from "node:assert/strict";
import {
  type InputLine,
  parseEventLine,
  readLines,
} from "../../../../../server/relay/transfer/event_lines.ts";
import { makeEvent } from "../../../../relay/support/events.ts";

const encode = (text: string) => new TextEncoder().encode(text);

async function linesOf(
  input: Uint8Array,
  { maxBytes = 100, chunkBytes = input.length }: { maxBytes?: number; chunkBytes?: number } = {},
): Promise<InputLine[]> {
  async function* chunks() {
    for (let at = 0; at < input.length; at += chunkBytes) {
      yield await Promise.resolve(input.subarray(at, at + chunkBytes));
    }
  }
  return await Array.fromAsync(readLines(chunks(), { maxBytes }));
}

Deno.test("lines are the same however the bytes come, the last one with or without a line feed", async () => {
  const expected = ["a", "", "grüße 🎉", "d\r"].map((text, i) => ({ number: i + 1, text }));
  for (const input of ["a\n\ngrüße 🎉\nd\r", "a\n\ngrüße 🎉\nd\r\n"].map(encode)) {
    for (let chunkBytes = 1; chunkBytes <= input.length; chunkBytes++) {
      assert.deepEqual(await linesOf(input, { chunkBytes }), expected);
    }
  }
  assert.deepEqual(await linesOf(encode("")), []);
});

Deno.test("a line that is too long is a fault, and the next one is read again", async () => {
  const fault = "the line is longer than 3 bytes";
  for (const chunkBytes of [1, 2, 5, 100]) {
    assert.deepEqual(await linesOf(encode("abc\nabcd\nab\nabcde"), { maxBytes: 3, chunkBytes }), [
      { number: 1, text: "abc" },
      { number: 2, fault },
      { number: 3, text: "ab" },
      { number: 4, fault },
    ]);
  }
});

Deno.test("a line that is not UTF-8 is a fault", async () => {
  const fault = "the line is not UTF-8";
  const input = new Uint8Array([0x61, 0x0a, 0xff, 0x0a, 0x62, 0x0a, 0xc3]);
  assert.deepEqual(await linesOf(input), [
    { number: 1, text: "a" },
    { number: 2, fault },
    { number: 3, text: "b" },
    { number: 4, fault },
  ]);
});

Deno.test("an event's line is parsed, and what is wrong with another one is said", () => {
  const event = makeEvent();
  assert.deepEqual(parseEventLine(JSON.stringify(event)), event);
  assert.deepEqual(parseEventLine(`${JSON.stringify(event)}\r`), event);
  const cases: Array<[string, RegExp]> = [
    ["{", /^the line is not JSON$/],
    ["[]", /^an event is an object$/],
    [JSON.stringify({ ...event, sig: "x" }), /^sig must be 128 lower-case hex$/],
    [JSON.stringify({ ...event, content: "other" }), /^the id is not the hash of the event$/],
  ];
  for (const [line, message] of cases) {
    assert.throws(() => parseEventLine(line), { code: "malformed", message });
  }
});
