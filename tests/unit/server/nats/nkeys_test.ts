import assert from "node:assert/strict";
import { bytesToHex, decodeHex, utf8ToBytes } from "../../../../protocol/bytes.ts";
import {
  createNkeySigner,
  decodeNkey,
  decodeNkeySeed,
  encodeNkey,
  encodeNkeySeed,
  type NkeyKind,
} from "../../../../server/nats/nkeys.ts";

/** As the npm package @nats-io/nkeys 2.0.3 writes them. */
const SEED = Uint8Array.from({ length: 32 }, (_, i) => i);
const PUBLIC_HEX = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
const SIGNATURE_OF_NONCE = "f874eae1de830c754d6fc32c4d1019b5221ad2f5c0ff2b996e5c1303b253e706" +
  "3398a071276c2961f8c787b85ca6d66589d6d5c3fe992f2b9b8e6ff20e4f8e09";
const KNOWN: Array<[kind: NkeyKind, seed: string, publicKey: string]> = [
  [
    "server",
    "SNAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2D5U",
    "NAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RSWB",
  ],
  [
    "account",
    "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI",
    "AAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QPZV",
  ],
  [
    "user",
    "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y",
    "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK",
  ],
];

Deno.test("keys and seeds are written as those of NATS, and read back", () => {
  for (const [kind, seed, publicKey] of KNOWN) {
    assert.equal(encodeNkeySeed(kind, SEED), seed);
    assert.deepEqual(decodeNkeySeed(kind, seed), SEED);
    assert.equal(encodeNkey(kind, decodeHex(PUBLIC_HEX)!), publicKey);
    assert.equal(bytesToHex(decodeNkey(kind, publicKey)!), PUBLIC_HEX);
    const signer = createNkeySigner(kind, SEED);
    assert.equal(signer.publicKey, publicKey);
    assert.equal(bytesToHex(signer.sign(utf8ToBytes("nonce"))), SIGNATURE_OF_NONCE);
  }
});

Deno.test("a key or seed of another kind, cut, changed or spelt otherwise is none", () => {
  for (const [kind, seed, publicKey] of KNOWN) {
    for (const [other] of KNOWN.filter(([one]) => one !== kind)) {
      assert.equal(decodeNkey(other, publicKey), null);
      assert.equal(decodeNkeySeed(other, seed), null);
    }
    const spoilt = (text: string) => [
      "",
      text.slice(0, -1),
      `${text}A`,
      text.toLowerCase(),
      text.replace("IFIWC4", "IFIWC5").replace("ORRZ2L", "ORRZ2M"),
      text.replace(/.$/, "="),
    ];
    for (const text of [...spoilt(publicKey), seed]) assert.equal(decodeNkey(kind, text), null);
    for (const text of [...spoilt(seed), publicKey]) assert.equal(decodeNkeySeed(kind, text), null);
  }
});

Deno.test("only 32 bytes are a key", () => {
  assert.throws(() => encodeNkey("user", SEED.slice(1)));
});
