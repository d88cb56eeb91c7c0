import assert from "node:assert/strict";
import { parseByteRange } from "../../../../server/blobs/byte_range.ts";

const CASES: [header: string | null, expected: ReturnType<typeof parseByteRange>][] = [
  [null, null],
  ["bytes=0-0", { start: 0, end: 1 }],
  ["bytes=0-9", { start: 0, end: 10 }],
  ["bytes=5-", { start: 5, end: 10 }],
  ["bytes=5-99", { start: 5, end: 10 }],
  ["bytes=-3", { start: 7, end: 10 }],
  ["bytes=-99", { start: 0, end: 10 }],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=10-20", "unsatisfiable"],
  ["bytes=5-4", null],
  ["bytes=-", null],
  ["bytes=1-2,4-5", null],
  ["bytes=a-b", null],
  ["items=0-1", null],
  ["bytes=0-99999999999999999999", null],
];

for (const [header, expected] of CASES) {
  Deno.test(`of ten bytes, the range ${header} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseByteRange(header, 10), expected);
  });
}
