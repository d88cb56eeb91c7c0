import assert from "node:assert/strict";
import { decodeBase64url, encodeBase64url } from "../../../protocol/bytes.ts";
import { verifyEd25519 } from "../../../protocol/ed25519.ts";
import {
  isEnvelope,
  MAX_SEALED_DOCUMENT_BYTES,
  openEnvelope,
  paddedLength,
  sealEnvelope,
} from "../../../protocol/envelope.ts";
import type { ProtocolErrorCode } from "../../../protocol/errors.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import { deriveSessionSecrets } from "../../../protocol/session_secrets.ts";
import { canonicalJson } from "../../../protocol/jcs.ts";
import { openMail } from "../../../protocol/mail.ts";
import { hasCode, readVectors } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

interface EnvelopeVectors {
  valid: { envelope: unknown; document: unknown }[];
  invalid: { envelope: unknown; why: ProtocolErrorCode }[];
  padded_length: { document_bytes: number; padded_bytes: number }[];
}

const vectors = readVectors<EnvelopeVectors>("envelope");
const phrases = readVectors<{ valid: { phrase: string }[] }>("identity").valid;
const reader = await deriveSessionSecrets(phrases[1]!.phrase);
const readerPrimary = primaryOf(reader.identitySecret);
const nowMs = Date.parse("2026-05-25T03:00:30Z");

function open(envelope: unknown) {
  return openMail(
    { content: JSON.stringify(envelope), created_at: nowMs / 1000 },
    { identitySecret: reader.identitySecret, nowMs, verifyEd25519 },
  );
}

/** A document whose canonical JSON has exactly `bytes` bytes. */
function documentOf(bytes: number): unknown {
  return bytes === 1 ? 7 : "x".repeat(bytes - 2);
}

vectors.valid.forEach(({ envelope, document }, index) => {
  Deno.test(`the sealed message ${index} opens to the known document`, async () => {
    const mail = await open(envelope);
    assert.ok(mail.type === "message");
    assert.deepEqual(mail.message, document);
    assert.ok(isEnvelope(JSON.stringify(envelope)));
  });
});

vectors.invalid.forEach(({ envelope, why }, index) => {
  Deno.test(`the sealed message ${index} is refused as ${why}`, async () => {
    await assert.rejects(open(envelope), hasCode(why));
  });
});

for (const { document_bytes, padded_bytes } of vectors.padded_length) {
  Deno.test(`a document of ${document_bytes} bytes is padded to ${padded_bytes}`, () => {
    assert.equal(paddedLength(document_bytes), padded_bytes);
  });
}

Deno.test("documents from 1 byte to 32 KiB come back as they were sealed", async () => {
  const sizes = [
    1,
    2,
    3,
    100,
    1019,
    1020,
    1021,
    4092,
    4093,
    16_380,
    32_767,
    MAX_SEALED_DOCUMENT_BYTES,
  ];
  for (let round = 0; round < 12; round++) sizes.push(3 + Math.floor(Math.random() * 32_000));
  for (const bytes of sizes) {
    const document = documentOf(bytes);
    const content = await sealEnvelope(document, {
      recipient: readerPrimary,
      random: randomBytes(32),
    });
    const { ct } = JSON.parse(content) as { ct: string };
    assert.equal(decodeBase64url(ct)!.length, paddedLength(bytes) + 16, `${bytes} bytes`);
    assert.equal(canonicalJson(await openEnvelope(content, reader)), canonicalJson(document));
  }
});

Deno.test("a document of 32 KiB and one byte is not sealed", async () => {
  const document = documentOf(MAX_SEALED_DOCUMENT_BYTES + 1);
  const sealing = sealEnvelope(document, { recipient: readerPrimary, random: randomBytes(32) });
  await assert.rejects(sealing, hasCode("too_large"));
});

Deno.test("the same document under other randomness is another envelope", async () => {
  const seal = () => sealEnvelope({ a: 1 }, { recipient: readerPrimary, random: randomBytes(32) });
  assert.notEqual(await seal(), await seal());
});

Deno.test("any flipped byte of enc or ct fails", async () => {
  const content = await sealEnvelope({ text: "hi" }, {
    recipient: readerPrimary,
    random: randomBytes(32),
  });
  const envelope = JSON.parse(content) as { v: number; enc: string; ct: string };
  for (const member of ["enc", "ct"] as const) {
    const bytes = decodeBase64url(envelope[member])!;
    for (let at = 0; at < bytes.length; at += member === "enc" ? 1 : 37) {
      const flipped = bytes.slice();
      flipped[at]! ^= 1 << (at % 8);
      const changed = JSON.stringify({ ...envelope, [member]: encodeBase64url(flipped) });
      // The top bit of an X25519 key is ignored in the curve, yet bound by HPKE's key schedule.
      await assert.rejects(openEnvelope(changed, reader), hasCode("undecryptable"));
    }
  }
});

Deno.test("an envelope does not open for another reader", async () => {
  const other = await deriveSessionSecrets(phrases[2]!.phrase);
  const content = await sealEnvelope({ a: 1 }, {
    recipient: readerPrimary,
    random: randomBytes(32),
  });
  await assert.rejects(openEnvelope(content, other), hasCode("undecryptable"));
});

const badShapes: [string, ProtocolErrorCode][] = [
  ["", "malformed"],
  ["[]", "malformed"],
  ["null", "malformed"],
  [`{"v":"2"}`, "malformed"],
  [`{"v":2}`, "malformed"],
  [`{"v":2,"enc":"AA","ct":"AA"}`, "malformed"],
  [`{"v":2,"enc":"${"A".repeat(43)}=","ct":"${"A".repeat(43)}"}`, "malformed"],
  [`{"v":2,"enc":"${"A".repeat(43)}","ct":"AAAA"}`, "malformed"],
  [`{"v":2.5,"enc":"","ct":""}`, "malformed"],
  [`{"v":3,"anything":[]}`, "unsupported_version"],
  ["[".repeat(10_000) + "]".repeat(10_000), "malformed"],
  [`{"v":2,"enc":"${"A".repeat(43)}","ct":"${"A".repeat(70_000)}"}`, "malformed"],
  [`{"v":2,"enc":"${"A".repeat(43)}","ct":"${"A".repeat(1400)}"}`, "undecryptable"],
];
for (const [content, why] of badShapes) {
  Deno.test(`an envelope that begins ${content.slice(0, 30)} (${content.length}) is ${why}`, async () => {
    await assert.rejects(openEnvelope(content, reader), hasCode(why));
    assert.equal(isEnvelope(content), why === "undecryptable");
  });
}
