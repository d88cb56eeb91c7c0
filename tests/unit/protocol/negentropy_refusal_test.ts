import assert from "node:assert/strict";
import { bytesToHex, decodeHex } from "../../../protocol/bytes.ts";
import { ProtocolError } from "../../../protocol/errors.ts";
import { createNegentropySet, MIN_NEGENTROPY_FRAME_BYTES } from "../../../protocol/negentropy.ts";
import { MAX_NEGENTROPY_MESSAGE_BYTES } from "../../../protocol/negentropy_message.ts";
import { createNegentropyPeer } from "../../support/negentropy_peer.ts";
import { createRandom, type Random } from "../../support/random.ts";
import { setOf } from "./negentropy_support.ts";
import { hasCode } from "./support.ts";

const T = 1_700_000_000;
const FRAME = { frameSizeLimit: MIN_NEGENTROPY_FRAME_BYTES };

const random = createRandom(1);
const items = Array.from({ length: 1000 }, (_, i) => ({ id: random.hex(), createdAtS: T - i }));
const set = setOf(items);

const answer = (message: string) => set.reconcile(decodeHex(message)!, FRAME);

const EARLY = /ends too early/;
const VERSION = /begins with its version/;
const MODE = /has no mode/;
const NUMBER = /a number of the message is too large/;
const ORDER = /must ascend/;
const END = /no range follows/;

const MALFORMED: Record<string, [message: string, reason: RegExp]> = {
  "of no bytes": ["", EARLY],
  "of version 0": ["00", VERSION],
  "below the versions": ["5f000000", VERSION],
  "above the versions": ["70000000", VERSION],
  "ending in a time": ["6180", EARLY],
  "ending before the prefix's length": ["6105", EARLY],
  "ending in the prefix": ["61050201", EARLY],
  "ending before the mode": ["610500", EARLY],
  "ending in a fingerprint": ["61000001" + "00".repeat(15), EARLY],
  "ending before the number of ids": ["61000002", EARLY],
  "ending in an id": ["6100000202" + "00".repeat(63), EARLY],
  "of 2^40 ids": ["61000002a08080808000", EARLY],
  "of 2^53 - 1 ids": ["610000028fffffffffffff7f", EARLY],
  "of mode 3": ["61000003", MODE],
  "of the mode that once was a continuation": ["61000004", MODE],
  "of a mode of two bytes": ["6100008100", MODE],
  "of 2^56 - 1 ids": [`61000002${"ff".repeat(7)}7f`, NUMBER],
  "of an endless number": [`61${"80".repeat(1000)}`, NUMBER],
  "of eight zeros before a number": [`61${"80".repeat(8)}00`, NUMBER],
  "of a number of 2^53": ["6190808080808080000000", NUMBER],
  "of times that add up to 2^53": ["618fffffffffffff7f0000030000", /time of a bound/],
  "of a prefix of 33 bytes": [`610521${"00".repeat(33)}00`, /id prefix/],
  "of ids that descend in one second": ["61050210000001010f00", ORDER],
  "of a prefix that becomes shorter in one second": ["61050210010001011000", ORDER],
  "that goes on after the end": ["61000000000000", END],
  "that goes on in time after the end": ["61000000050000", END],
};

for (const [what, [message, reason]] of Object.entries(MALFORMED)) {
  Deno.test(`a message ${what} is malformed`, () => {
    assert.throws(() => answer(message), hasCode("malformed"));
    assert.throws(() => answer(message), reason);
  });
}

Deno.test("bounds that are equal, or as far as numbers go, are fine", () => {
  const equal = "61" + "05011000" + "0102100000" + "01011000";
  for (const message of [equal, "618fffffffffffff7f0000020000"]) {
    assert.deepEqual(answer(message), Uint8Array.of(0x61));
  }
});

Deno.test("a message of more than 64 KiB is refused unread", () => {
  const message = new Uint8Array(MAX_NEGENTROPY_MESSAGE_BYTES + 1);
  assert.throws(() => set.reconcile(message, FRAME), hasCode("too_large"));
});

Deno.test("a message of another version is answered with the version that is spoken", () => {
  for (const version of ["60", "62", "6f"]) {
    assert.deepEqual(answer(`${version}ffffff`), Uint8Array.of(0x61));
  }
});

Deno.test("the longest messages of the shortest ranges are answered within the frame", () => {
  const repeat = (range: string) =>
    "61" + range.repeat(Math.floor((MAX_NEGENTROPY_MESSAGE_BYTES - 1) / (range.length / 2)));
  for (
    const range of ["010000", "01000200", `010001${"00".repeat(16)}`, `020001${"00".repeat(16)}`]
  ) {
    assert.ok(answer(repeat(range)).length <= FRAME.frameSizeLimit);
  }
});

Deno.test("random and mutated messages are answered within the frame or refused, nothing else", () => {
  const valid = recordedMessages();
  let [answered, refused] = [0, 0];
  for (let seed = 1; seed <= 4000; seed++) {
    const random = createRandom(seed);
    const message = mutate(random.pick(valid), random);
    try {
      assert.ok(set.reconcile(message, FRAME).length <= FRAME.frameSizeLimit);
      answered += 1;
    } catch (error) {
      if (!(error instanceof ProtocolError)) {
        throw new Error(`seed ${seed}: ${bytesToHex(message)}`, { cause: error });
      }
      assert.equal(error.code, "malformed");
      refused += 1;
    }
  }
  assert.ok(answered > 400 && refused > 400, `${answered} answered, ${refused} refused`);
});

/** Every message of a client that has two items of three. */
function recordedMessages(): Uint8Array[] {
  const two = items.filter((_, i) => i % 3 > 0);
  const client = createNegentropyPeer(two, FRAME.frameSizeLimit);
  const messages: Uint8Array[] = [];
  for (let message: string | null = client.initiate(); message !== null;) {
    messages.push(decodeHex(message)!);
    message = client.reconcile(bytesToHex(answer(message)));
  }
  return messages;
}

function mutate(message: Uint8Array, { int, pick, oneIn }: Random): Uint8Array {
  const bytes = message.slice(0, oneIn(8) ? int(message.length) : message.length);
  if (oneIn(10)) return bytes.map((_, i) => i === 0 ? 0x61 : int(256));
  for (let left = int(4); left > 0; left--) {
    // Most of what counts stands where a message or a range begins.
    const at = int(pick([8, 64, bytes.length]));
    if (at < bytes.length) bytes[at] = pick([0, 1, 2, 0x7f, 0x80, 0xff, int(256)]);
  }
  if (!oneIn(4)) return bytes;
  const at = int(bytes.length);
  return Uint8Array.of(0x61, ...bytes.subarray(at), ...bytes.subarray(0, at));
}

Deno.test("items must come newest first, ties by lowest id, each once", () => {
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  const add = (...list: [string, number][]) => () => {
    const { add } = createNegentropySet();
    for (const [id, createdAtS] of list) add({ id, createdAtS });
  };
  add([a, 2], [b, 2], [a, 1])();
  assert.throws(add([a, 1], [b, 2]), RangeError);
  assert.throws(add([b, 1], [a, 1]), RangeError);
  assert.throws(add([a, 1], [a, 1]), RangeError);
});

Deno.test("what is no item is not added", () => {
  const { add } = createNegentropySet();
  const id = "a".repeat(64);
  for (const createdAtS of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => add({ id, createdAtS }), RangeError);
  }
  for (const id of ["", "a".repeat(62), "A".repeat(64), "x".repeat(64)]) {
    assert.throws(() => add({ id, createdAtS: 1 }), RangeError);
  }
});

Deno.test("a sealed set takes nothing more", () => {
  const { add, seal } = createNegentropySet();
  assert.equal(seal().size, 0);
  assert.throws(() => add({ id: "a".repeat(64), createdAtS: 1 }), /sealed/);
  assert.throws(seal, /sealed/);
});

Deno.test("a frame too small for an answer to one range is refused", () => {
  for (const frameSizeLimit of [0, 4095, NaN]) {
    assert.throws(() => set.reconcile(Uint8Array.of(0x61), { frameSizeLimit }), RangeError);
  }
});
