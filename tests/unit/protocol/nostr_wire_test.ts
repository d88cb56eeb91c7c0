import assert from "node:assert/strict";
import {
  encodeClientFrame,
  encodeRelayFrame,
  FrameError,
  parseClientFrame,
  parseRelayFrame,
  type RelayFrame,
} from "../../../protocol/nostr_wire.ts";
import { signEvent } from "../../../protocol/nostr_event.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const event = signEvent(
  { kind: 1, created_at: 1_700_000_000, tags: [["t", 'a"]\\'], ["e"]], content: '[[["\\\\"' },
  { nostrSecret: randomBytes(32), random: randomBytes(32) },
);

Deno.test("client frames are read back as they were written", () => {
  for (const type of ["EVENT", "AUTH"] as const) {
    assert.deepEqual(parseClientFrame(encodeClientFrame({ type, event })), { type, event });
  }
  assert.deepEqual(parseClientFrame(encodeClientFrame({ type: "CLOSE", id: "s" })), {
    type: "CLOSE",
    id: "s",
  });
  const filters = [{ kinds: [1], "#t": ["x"] }, {}];
  assert.deepEqual(parseClientFrame(encodeClientFrame({ type: "REQ", id: "s", filters })), {
    type: "REQ",
    id: "s",
    filters: [{ kinds: [1], tags: new Map([["t", ["x"]]]) }, { tags: new Map() }],
  });
});

Deno.test("relay frames are read back as they were written, unknown verbs are null", () => {
  const frames: RelayFrame[] = [
    { type: "EVENT", id: "s", event },
    { type: "OK", eventId: event.id, accepted: false, message: "invalid: x" },
    { type: "EOSE", id: "s" },
    { type: "CLOSED", id: "s", message: "error: x" },
    { type: "NOTICE", message: "x" },
    { type: "AUTH", challenge: "c" },
  ];
  for (const frame of frames) assert.deepEqual(parseRelayFrame(encodeRelayFrame(frame)), frame);
  assert.equal(parseRelayFrame('["NEG-MSG","s","00"]'), null);
});

/** [text, verb, id] of what a relay can still say about a frame that it refuses. */
const REFUSED: [string, string | null, string | null][] = [
  ["x", null, null],
  ["{}", null, null],
  ['["FOO","s"]', "FOO", "s"],
  ['["COUNT","q"]', "COUNT", "q"],
  ['["COUNT",1,{}]', "COUNT", null],
  ['["NEG-OPEN","n",{}]', "NEG-OPEN", "n"],
  ['["NEG-OPEN","n",{"kinds":1},"61"]', "NEG-OPEN", "n"],
  ['["NEG-MSG","n","6Z"]', "NEG-MSG", "n"],
  ['["NEG-MSG",1,"61"]', "NEG-MSG", null],
  ['["NEG-CLOSE",""]', "NEG-CLOSE", null],
  ['["REQ","s"]', "REQ", "s"],
  ['["REQ","s",{"kinds":1}]', "REQ", "s"],
  ['["REQ",""]', "REQ", null],
  ['["EVENT",{"id":"abc"}]', "EVENT", "abc"],
  [`["EVENT",{"id":"${"x".repeat(100)}"}]`, "EVENT", "x".repeat(64)],
  ['["EVENT",null]', "EVENT", null],
];

for (const [text, verb, id] of REFUSED) {
  Deno.test(`a refusal of ${text.slice(0, 40)} tells its verb and id`, () => {
    assert.throws(() => parseClientFrame(text), (error) => {
      assert.ok(error instanceof FrameError);
      assert.deepEqual([error.verb, error.id], [verb, id]);
      return true;
    });
  });
}

Deno.test("brackets count as nesting outside of strings alone", () => {
  const nest = (depth: number, inner: string) =>
    `["CLOSE","s",${"[".repeat(depth)}${inner}${"]".repeat(depth)}]`;
  for (const inner of ['"[[["', '"\\"[{"', '"\\\\"', "{}", '{"[":"{"}']) {
    assert.equal(parseClientFrame(nest(16_382, inner)).type, "CLOSE", inner);
  }
  assert.throws(() => parseClientFrame(nest(16_384, "1")), /nested too deeply/);
  const text = JSON.stringify(["CLOSE", "s", "[".repeat(20_000) + '\\"' + "{".repeat(20_000)]);
  assert.equal(parseClientFrame(text).type, "CLOSE");
  for (const broken of ['["', '["\\', '["a\\"', '"'.repeat(999)]) {
    assert.throws(() => parseClientFrame(broken), /not JSON/);
  }
});

Deno.test("of a relay's words no more is kept than anybody reads", () => {
  const words = `blocked: ${"\u{1f41f}".repeat(50_000)}`;
  for (const frame of [["OK", "ab".repeat(32), false, words], ["CLOSED", "mail", words]]) {
    const parsed = parseRelayFrame(JSON.stringify(frame));
    assert.ok(parsed && "message" in parsed && typeof parsed.message === "string");
    assert.ok(parsed.message.startsWith("blocked: "));
    assert.ok(parsed.message.length <= 500 && parsed.message.isWellFormed());
  }
});
