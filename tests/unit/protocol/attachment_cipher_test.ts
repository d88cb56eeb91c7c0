import assert from "node:assert/strict";
import { createDecipheriv, createHash } from "node:crypto";
import {
  attachmentKey,
  openAttachment,
  sealAttachment,
  sealedSize,
} from "../../../protocol/attachment_cipher.ts";
import { decodeBase64url } from "../../../protocol/bytes.ts";
import { paddedTotal } from "../../../protocol/padding.ts";
import { parseMessageBody } from "../../../protocol/message_body.ts";
import { createRandom, fuzzSeeds } from "../../support/random.ts";
import { hasCode } from "./support.ts";
import { randomBytes } from "../../support/random_bytes.ts";

const EDGES = [0, 1, 1023, 1024, 1025, 1280, 1281, 65_536, 65_537, 300_000];

async function sealed(file: Uint8Array) {
  const key = attachmentKey(randomBytes(44), file.length);
  const { bytes, sha256 } = await sealAttachment(file, key);
  return { key, bytes, attachment: { ...key, sha256 } };
}

Deno.test("a file of any size comes back byte for byte, and its length says no more than the step it is in", async () => {
  for (const seed of fuzzSeeds(12)) {
    const random = createRandom(seed);
    for (const size of [...EDGES, random.int(200_000)]) {
      const file = Uint8Array.from({ length: size }, () => random.int(256));
      const { bytes, attachment } = await sealed(file);
      assert.deepEqual(await openAttachment(bytes, attachment), file, `seed ${seed}, ${size}`);
      assert.equal(bytes.length, sealedSize(file.length));
    }
  }
});

Deno.test("the padding is NIP-44's, and never less than 1,024", () => {
  const known = [[0, 1024], [1, 1024], [1024, 1024], [1025, 1280], [1280, 1280], [1281, 1536]];
  for (const [size, total] of [...known, [65_537, 81_920], [25 * 2 ** 20, 28 * 2 ** 20]]) {
    assert.equal(paddedTotal(size!), total, String(size));
  }
});

Deno.test("another implementation of AES-256-GCM opens it: tag at the end, no additional data, zeros behind the file", async () => {
  const file = new TextEncoder().encode("a letter");
  const { bytes, attachment } = await sealed(file);
  assert.equal(createHash("sha256").update(bytes).digest("hex"), attachment.sha256);
  const decipher = createDecipheriv(
    "aes-256-gcm",
    decodeBase64url(attachment.key)!,
    decodeBase64url(attachment.nonce)!,
  );
  decipher.setAuthTag(bytes.subarray(-16));
  const plain = new Uint8Array([...decipher.update(bytes.subarray(0, -16)), ...decipher.final()]);
  const expected = new Uint8Array(1024);
  expected.set(file);
  assert.deepEqual(plain, expected);
});

Deno.test("what was changed, cut, or belongs to another message does not open", async () => {
  const file = randomBytes(3000);
  const { bytes, attachment } = await sealed(file);
  const changed = bytes.slice();
  changed[5]! ^= 1;
  const refusal = hasCode("undecryptable");
  await assert.rejects(openAttachment(changed, attachment), refusal);
  await assert.rejects(openAttachment(bytes.subarray(0, -1), attachment), refusal);
  await assert.rejects(openAttachment(bytes, { ...attachment, sha256: "0".repeat(64) }), refusal);
  const other = attachmentKey(randomBytes(44), file.length);
  await assert.rejects(openAttachment(bytes, { ...attachment, key: other.key }), refusal);
  await assert.rejects(openAttachment(bytes, { ...attachment, nonce: other.nonce }), refusal);
});

Deno.test("a file that hides something in its padding does not open", async () => {
  const { bytes, attachment } = await sealed(new Uint8Array([1, 2, 3, 4]));
  await assert.rejects(openAttachment(bytes, { ...attachment, size: 3 }), hasCode("bad_padding"));
});

const BODY = {
  kind: "attachment",
  url: `https://kez.lat/${"a".repeat(64)}`,
  sha256: "a".repeat(64),
  key: "A".repeat(43),
  nonce: "A".repeat(16),
  name: "a.png",
  mime: "image/png",
  size: 3,
};

Deno.test("an attachment names a host that may be asked, and everything it says is bounded", () => {
  parseMessageBody(BODY);
  parseMessageBody({ ...BODY, url: "http://127.0.0.1:6969/x" });
  const wrong = [
    { url: "http://kez.lat/x" },
    { url: "javascript:alert(1)" },
    { url: "/x" },
    { url: "https://user:secret@kez.lat/x" },
    { url: `https://kez.lat/${"x".repeat(2_048)}` },
    { name: "x".repeat(256) },
    { mime: "x".repeat(128) },
    { thumbhash: "x".repeat(41) },
    { waveform: "x".repeat(87) },
    { size: -1 },
    { size: 0.5 },
    { key: "A".repeat(42) },
    { nonce: "" },
    { width: 0 },
  ];
  for (const change of wrong) {
    assert.throws(
      () => parseMessageBody({ ...BODY, ...change }),
      hasCode("malformed"),
      JSON.stringify(change),
    );
  }
});
