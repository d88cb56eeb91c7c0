import assert from "node:assert/strict";
import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, decodeHex } from "../../../../protocol/bytes.ts";
import { signEd25519, verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { createEd25519Verifier } from "../../../../client/verify_ed25519.ts";

const secret = crypto.getRandomValues(new Uint8Array(32));
const publicKey = ed25519.getPublicKey(secret);
const message = new TextEncoder().encode("message");
const signature = signEd25519(message, secret);
const byWebCrypto = createEd25519Verifier(crypto.subtle);

/** S + L: the same number modulo the order of the group. */
const malleated = (() => {
  const s = signature.subarray(32).toReversed().reduce(
    (sum, byte) => sum * 256n + BigInt(byte),
    0n,
  );
  const bytes = (s + ed25519.Point.Fn.ORDER).toString(16).padStart(64, "0");
  return concatBytes(signature.subarray(0, 32), decodeHex(bytes)!.toReversed());
})();
const flipped = signature.map((byte, at) => at === 5 ? byte ^ 1 : byte);

const cases = [
  { what: "a good signature", check: { publicKey, message, signature }, expected: true },
  { what: "a flipped bit", check: { publicKey, message, signature: flipped }, expected: false },
  {
    what: "S past the order",
    check: { publicKey, message, signature: malleated },
    expected: false,
  },
  {
    what: "another message",
    check: { publicKey, message: new Uint8Array(3), signature },
    expected: false,
  },
  {
    what: "a signature of 63 bytes",
    check: { publicKey, message, signature: signature.subarray(1) },
    expected: false,
  },
];
for (const { what, check, expected } of cases) {
  Deno.test(`Web Crypto and the portable verifier agree on ${what}`, async () => {
    assert.equal(await byWebCrypto(check), expected);
    assert.equal(verifyEd25519(check), expected);
  });
}

Deno.test("a browser without Ed25519 is asked once, and served all the same", async () => {
  let asked = 0;
  const importKey = () => {
    asked++;
    return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
  };
  const verify = createEd25519Verifier({ ...crypto.subtle, importKey } as SubtleCrypto);
  for (const { check, expected } of cases) assert.equal(await verify(check), expected);
  assert.equal(asked, 1);
});
