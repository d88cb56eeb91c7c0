import assert from "node:assert/strict";
import { addrOf } from "../../../protocol/addr.ts";
import { bytesToHex, decodeHex } from "../../../protocol/bytes.ts";
import {
  agreementPublicKey,
  agreementSecretKey,
  isPrimary,
  nostrPubkeyOf,
  parsePrimary,
  primaryOf,
} from "../../../protocol/identity.ts";
import { normalizePhrase, phraseFromEntropy } from "../../../protocol/recovery_phrase.ts";
import { deriveSessionSecrets } from "../../../protocol/session_secrets.ts";
import { hasCode, readVectors } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

interface IdentityVectors {
  valid: {
    phrase: string;
    identity_secret: string;
    primary: string;
    addr: string;
    agreement_secret: string;
    agreement_public: string;
    nostr_secret: string;
    nostr_pubkey: string;
  }[];
  invalid_primaries: { primary: string; why: string }[];
  invalid_phrases: { phrase: string; why: string }[];
}

const vectors = readVectors<IdentityVectors>("identity");

for (const known of vectors.valid) {
  Deno.test(`the phrase "${known.phrase.slice(0, 24)}…" derives every known key`, async () => {
    const secrets = await deriveSessionSecrets(known.phrase);
    assert.equal(bytesToHex(secrets.identitySecret), known.identity_secret);
    assert.equal(primaryOf(secrets.identitySecret), known.primary);
    assert.equal(addrOf(known.primary), known.addr);
    assert.equal(bytesToHex(agreementSecretKey(secrets.identitySecret)), known.agreement_secret);
    assert.equal(bytesToHex(agreementPublicKey(known.primary)), known.agreement_public);
    assert.equal(bytesToHex(secrets.nostrSecret), known.nostr_secret);
    assert.equal(nostrPubkeyOf(secrets.nostrSecret), known.nostr_pubkey);
  });
}

Deno.test("the storage key is 32 bytes of its own, different from the other secrets", async () => {
  const { identitySecret, nostrSecret, storageKey } = await deriveSessionSecrets(
    vectors.valid[0]!.phrase,
  );
  assert.equal(storageKey.length, 32);
  assert.equal(new Set([identitySecret, nostrSecret, storageKey].map(bytesToHex)).size, 3);
});

for (const { primary, why } of vectors.invalid_primaries) {
  Deno.test(`a primary is refused for: ${why}`, () => {
    assert.throws(() => parsePrimary(primary), hasCode("invalid_primary"));
    assert.equal(isPrimary(primary), false);
  });
}

Deno.test("a primary needs its prefix and nothing around it", () => {
  const { primary } = vectors.valid[0]!;
  for (
    const text of [
      "",
      primary.slice(8),
      ` ${primary}`,
      `${primary}\n`,
      primary.replace("ed25519", "ED25519"),
    ]
  ) {
    assert.throws(() => parsePrimary(text), hasCode("invalid_primary"));
  }
  assert.deepEqual(parsePrimary(primary), decodeHex(primary.slice(8)));
});

const phraseFaults: Record<string, RegExp> = {
  checksum: /do not fit together/,
  "word 12 not in list": /^Word 12, 'beanz', is no word of a phrase/,
  length: /has 12 words; this one has 3/,
};
for (const { phrase, why } of vectors.invalid_phrases) {
  Deno.test(`a phrase is refused, and told why, for: ${why}`, async () => {
    assert.throws(() => normalizePhrase(phrase), hasCode("invalid_phrase"));
    assert.throws(() => normalizePhrase(phrase), { message: phraseFaults[why]! });
    await assert.rejects(deriveSessionSecrets(phrase), hasCode("invalid_phrase"));
  });
}

Deno.test("a phrase may be typed in capitals, on several lines, with spaces around", () => {
  const { phrase } = vectors.valid[0]!;
  assert.equal(normalizePhrase(`  ${phrase.toUpperCase().replaceAll(" ", " \n\t")}  `), phrase);
});

Deno.test("a phrase may be typed with the numbers that stand beside the words", () => {
  const { phrase } = vectors.valid[0]!;
  for (const number of ["1 ", "1. ", "1.", "1) ", "1: "]) {
    const numbered = phrase.split(" ").map((word, at) =>
      number.replace("1", String(at + 1)) + word
    );
    assert.equal(normalizePhrase(numbered.join("\n")), phrase);
  }
});

Deno.test("any 16 bytes of entropy make a phrase of twelve words that is accepted", () => {
  for (let round = 0; round < 50; round++) {
    const phrase = phraseFromEntropy(randomBytes(16));
    assert.equal(phrase.split(" ").length, 12);
    assert.equal(normalizePhrase(phrase), phrase);
  }
});
