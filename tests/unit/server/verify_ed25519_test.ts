import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes, decodeHex } from "../../../protocol/bytes.ts";
import {
  type Ed25519Check,
  signEd25519,
  verifyEd25519 as portable,
} from "../../../protocol/ed25519.ts";
import { verifyEd25519 as native } from "../../../server/verify_ed25519.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;
const FIELD = Point.Fp.ORDER;
const TORSION = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");

const toBytes = (value: bigint) =>
  Uint8Array.from({ length: 32 }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
const toNumber = (bytes: Uint8Array) =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const secret = randomBytes(32);
const { scalar, pointBytes: publicKey } = ed25519.utils.getExtendedPublicKey(secret);
const message = new TextEncoder().encode("kez-chat");
const good = signEd25519(message, secret);

/** The signature whose R is encoded as given: s = nonce + H(R ‖ A ‖ M) · a. */
function signWithR(r: Uint8Array, nonce: bigint): Uint8Array {
  const challenge = toNumber(sha512(concatBytes(r, publicKey, message))) % ORDER;
  return concatBytes(r, toBytes((nonce + challenge * scalar) % ORDER));
}

const withS = (s: bigint) => concatBytes(good.subarray(0, 32), toBytes(s));
const nonce = 12_345n;
const mixedR = Point.BASE.multiply(nonce).add(TORSION).toBytes();
const s = toNumber(good.subarray(32));

const CASES: [name: string, check: Ed25519Check, isValid: boolean][] = [
  ["a good signature", { publicKey, message, signature: good }, true],
  ["a signature of an empty message", {
    publicKey,
    message: new Uint8Array(),
    signature: signEd25519(new Uint8Array(), secret),
  }, true],
  ["an R made by hand", {
    publicKey,
    message,
    signature: signWithR(Point.BASE.multiply(nonce).toBytes(), nonce),
  }, true],
  ["an R of mixed order, which the cofactored equation takes", {
    publicKey,
    message,
    signature: signWithR(mixedR, nonce),
  }, false],
  ["an R of small order", {
    publicKey,
    message,
    signature: signWithR(TORSION.toBytes(), 0n),
  }, false],
  ["an R that is not canonical", {
    publicKey,
    message,
    // y = p + 1 stands for the identity point, as y = 1 does.
    signature: signWithR(toBytes(FIELD + 1n), 0n),
  }, false],
  ["an R that is no point", {
    publicKey,
    message,
    signature: concatBytes(toBytes(2n), good.subarray(32)),
  }, false],
  ["S + L", { publicKey, message, signature: withS(s + ORDER) }, false],
  ["S = L", { publicKey, message, signature: withS(ORDER) }, false],
  ["S of all ones", { publicKey, message, signature: withS((1n << 256n) - 1n) }, false],
  ["another message", { publicKey, message: randomBytes(8), signature: good }, false],
  ["another key", {
    publicKey: ed25519.getPublicKey(randomBytes(32)),
    message,
    signature: good,
  }, false],
  ["zeros", { publicKey, message, signature: new Uint8Array(64) }, false],
  ["a short signature", { publicKey, message, signature: good.subarray(0, 63) }, false],
  ["a long signature", { publicKey, message, signature: concatBytes(good, good) }, false],
  ["an empty signature", { publicKey, message, signature: new Uint8Array() }, false],
];

for (const [name, check, isValid] of CASES) {
  Deno.test(`the runtime and noble ${isValid ? "take" : "refuse"} ${name}`, () => {
    assert.equal(native(check), isValid, "native");
    assert.equal(portable(check), isValid, "noble");
  });
}

Deno.test("an R that is the identity in canonical form gets the same answer of both", () => {
  const check = { publicKey, message, signature: signWithR(toBytes(1n), 0n) };
  assert.equal(native(check), portable(check));
});

Deno.test("the runtime and noble agree on every flipped bit of a signature", () => {
  for (let bit = 0; bit < 512; bit += 3) {
    const signature = good.slice();
    signature[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(native({ publicKey, message, signature }), false, `native, bit ${bit}`);
    assert.equal(portable({ publicKey, message, signature }), false, `noble, bit ${bit}`);
  }
});

Deno.test("the runtime and noble take RFC 8032's first vector", () => {
  const check = {
    publicKey: decodeHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")!,
    message: new Uint8Array(),
    signature: decodeHex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155" +
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    )!,
  };
  assert.equal(native(check), true);
  assert.equal(portable(check), true);
});

Deno.test("a key that is no point is refused by both", () => {
  const check = { publicKey: toBytes(2n), message, signature: good };
  assert.equal(native(check), false);
  assert.equal(portable(check), false);
});
