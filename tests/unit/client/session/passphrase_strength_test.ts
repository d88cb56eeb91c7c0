import assert from "node:assert/strict";
import { passphraseStrength } from "../../../../client/session/passphrase_strength.ts";
import type { PassphraseStrength } from "../../../../client/session/session.ts";

const cases: Record<PassphraseStrength, string[]> = {
  too_short: ["", "short", "1234567", "🔑🔑🔑🔑🔑🔑🔑"],
  weak: [
    "12345678",
    "password",
    "password1234",
    "Passw0rd",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "abcdefghijklmnopqrstuvwxyz",
    "87654321012345678",
    "qwertyuiop",
    "alice2024",
    "abababababababababab",
  ],
  fair: ["correct horse battery", "blue teapot sings at noon", "x7#Kp2!vQz"],
  strong: [
    "correct horse battery staple orange window",
    "x7#Kp2!vQz9&Lm4%",
    "nine grey wolves crossed the frozen river at dawn",
  ],
};
for (const [strength, texts] of Object.entries(cases)) {
  for (const text of texts) {
    Deno.test(`the passphrase "${text}" is ${strength}`, () => {
      assert.equal(passphraseStrength(text), strength);
    });
  }
}
