import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../../../protocol/bytes.ts";
import { signEd25519, verifyEd25519 } from "../../../protocol/ed25519.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

function littleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let at = 0; at < 32; at++) bytes[at] = Number((value >> BigInt(8 * at)) & 255n);
  return bytes;
}

function number(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** A signature whose R carries a point of order 8: only the cofactored equation accepts it. */
function signWithTorsion(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const { scalar, pointBytes } = ed25519.utils.getExtendedPublicKey(secret);
  const torsion = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  const nonce = number(sha512(randomBytes(32)).subarray(0, 31)) + 1n;
  const r = Point.BASE.multiply(nonce).add(torsion).toBytes();
  const challenge = number(sha512(concatBytes(r, pointBytes, message))) % ORDER;
  return concatBytes(r, littleEndian((nonce + challenge * scalar) % ORDER));
}

Deno.test("a signature verifies for its key and message, and no flipped bit does", () => {
  const secret = randomBytes(32);
  const publicKey = ed25519.getPublicKey(secret);
  const message = randomBytes(40);
  const signature = signEd25519(message, secret);
  assert.ok(verifyEd25519({ publicKey, message, signature }));
  for (let at = 0; at < 64; at++) {
    const flipped = signature.slice();
    flipped[at]! ^= 1 << (at % 8);
    assert.equal(verifyEd25519({ publicKey, message, signature: flipped }), false, `byte ${at}`);
  }
  assert.equal(verifyEd25519({ publicKey, message: randomBytes(40), signature }), false);
  assert.equal(verifyEd25519({ publicKey, message, signature: signature.subarray(0, 63) }), false);
});

Deno.test("S increased by the group order is refused", () => {
  const secret = randomBytes(32);
  const message = randomBytes(8);
  const signature = signEd25519(message, secret);
  const shifted = concatBytes(
    signature.subarray(0, 32),
    littleEndian(number(signature.subarray(32)) + ORDER),
  );
  assert.equal(
    verifyEd25519({ publicKey: ed25519.getPublicKey(secret), message, signature: shifted }),
    false,
  );
});

Deno.test("an R with a small-order part is refused, as the cofactorless equation says", () => {
  const secret = randomBytes(32);
  const message = randomBytes(8);
  const publicKey = ed25519.getPublicKey(secret);
  const signature = signWithTorsion(secret, message);
  assert.ok(ed25519.verify(signature, message, publicKey), "the cofactored equation accepts it");
  assert.equal(verifyEd25519({ publicKey, message, signature }), false);
});
