import assert from "node:assert/strict";
import { bytesToHex, decodeHex } from "../../../protocol/bytes.ts";
import { primaryOf } from "../../../protocol/identity.ts";
import {
  openPictureKey,
  parseVisualFragment,
  pictureLabel,
  readersAmong,
  sealPictureKeys,
} from "../../../protocol/picture_key.ts";
import identities from "../../vectors/identity.json" with { type: "json" };
import vectors from "../../vectors/visual.json" with { type: "json" };
import { randomBytes } from "../../support/random_bytes.ts";

function person() {
  const identitySecret = randomBytes(32);
  return { identitySecret, primary: primaryOf(identitySecret) };
}

const salt = randomBytes(16);
const key = randomBytes(32);
const owner = person();

function sealFor(readers: { primary: string }[]) {
  const { identitySecret } = owner;
  const primaries = readers.map(({ primary }) => primary);
  return sealPictureKeys({ key, salt, readers: primaries, identitySecret, randomBytes });
}

function open(keys: unknown, { identitySecret }: { identitySecret: Uint8Array }) {
  return openPictureKey(keys, { salt, owner: owner.primary, identitySecret });
}

Deno.test("the label of the vector is that of two of its identities", () => {
  const secrets = identities.valid.map(({ identity_secret }) => decodeHex(identity_secret)!);
  const labels = secrets.flatMap((identitySecret) =>
    secrets.map((other) =>
      pictureLabel(primaryOf(other), { identitySecret, salt: decodeHex(vectors.salt)! })
    )
  );
  assert.ok(labels.includes(vectors.label));
});

Deno.test("readers and the owner find the key, and nobody else does", async () => {
  const readers = [person(), person()];
  const keys = await sealFor(readers);
  for (const reader of [...readers, owner]) assert.deepEqual(await open(keys, reader), key);
  assert.equal(await open(keys, person()), null);
});

Deno.test("both sides compute the same label, another picture has another one", () => {
  const [a, b] = [person(), person()];
  assert.equal(pictureLabel(a.primary, { ...b, salt }), pictureLabel(b.primary, { ...a, salt }));
  assert.notEqual(
    pictureLabel(a.primary, { ...b, salt }),
    pictureLabel(a.primary, { ...b, salt: randomBytes(16) }),
  );
});

for (const [count, size] of [[0, 16], [1, 16], [15, 16], [16, 64], [63, 64], [64, 256]] as const) {
  Deno.test(`the keys of ${count} readers stand in a map of ${size}, all entries alike`, async () => {
    const keys = await sealFor(Array.from({ length: count }, person));
    assert.equal(Object.keys(keys).length, size);
    for (const [label, { v, enc, ct }] of Object.entries(keys)) {
      assert.match(label, /^[0-9a-f]{32}$/);
      assert.deepEqual([v, enc.length, ct.length], [2, 43, 64]);
    }
  });
}

for (const [count, more] of [[3, 1], [15, 1], [14, 3], [250, 5]] as const) {
  Deno.test(`${more} more readers beside ${count} leave every other entry as it was`, async () => {
    const { identitySecret } = owner;
    const [first, later] = [count, more].map((length) => Array.from({ length }, person));
    const known = await sealFor(first!);
    const readers = [...first!, ...later!].map(({ primary }) => primary);
    const keys = await sealPictureKeys({ known, key, salt, readers, identitySecret, randomBytes });
    assert.equal(Object.keys(keys).length, [16, 64, 256].find((size) => size > readers.length));
    for (const one of [owner, ...first!]) {
      const label = pictureLabel(one.primary, { identitySecret, salt });
      assert.deepEqual(keys[label], known[label]);
    }
    for (const one of later!) assert.deepEqual(await open(keys, one), key);
    const labels = Object.keys(keys);
    const isFull = labels.length === Object.keys(known).length;
    const added = labels.filter((label) => !Object.hasOwn(known, label));
    if (isFull) assert.equal(added.length, more);
    assert.deepEqual(
      await readersAmong(keys, { primaries: readers, salt, identitySecret }),
      readers,
    );
  });
}

Deno.test("of a known map only what looks like an entry stays, and never more than there is room for", async () => {
  const { identitySecret } = owner;
  const valid = Object.values(await sealFor([]))[0];
  const hostile = {
    __proto__: valid,
    short: valid,
    [bytesToHex(randomBytes(16))]: { v: 2, enc: "x", ct: 7 },
    ...Object.fromEntries(
      Array.from({ length: 400 }, () => [bytesToHex(randomBytes(16)), valid]),
    ),
  };
  for (const [known, size] of [[hostile, 256], [null, 16], ["x", 16], [[1], 16]] as const) {
    const sealed = { known, key, salt, readers: [], identitySecret, randomBytes };
    const keys = await sealPictureKeys(sealed);
    assert.equal(Object.keys(keys).length, size);
    assert.ok(Object.keys(keys).every((label) => /^[0-9a-f]{32}$/.test(label)));
    assert.deepEqual(await open(keys, owner), key);
  }
});

Deno.test("whoever computes keys by the hundred can breathe after each of them", async () => {
  const { identitySecret } = owner;
  let computed = 0;
  let longest = 0;
  let breaths = 0;
  const breathe = () => {
    longest = Math.max(longest, computed);
    [computed, breaths] = [0, breaths + 1];
    return Promise.resolve();
  };
  const counted = (length: number) => {
    if (length === 32) computed++;
    return randomBytes(length);
  };
  const readers = Array.from({ length: 70 }, () => person().primary);
  const sealing = { key, salt, readers, identitySecret, randomBytes: counted, breathe };
  const keys = await sealPictureKeys(sealing);
  assert.equal(longest, 1);
  assert.equal(breaths, 71 + 256, "a label for each reader and the owner, then the entries");
  breaths = 0;
  await readersAmong(keys, { primaries: readers, salt, identitySecret, breathe });
  assert.equal(breaths, 70);
});

Deno.test("more readers than the map has room for are refused", async () => {
  const readers = Array.from({ length: 256 }, (_, i) => ({
    primary: primaryOf(new Uint8Array(32).fill(i)),
  }));
  await assert.rejects(sealFor(readers), RangeError);
});

Deno.test("what is no map of keys, or a damaged one, opens for nobody", async () => {
  const reader = person();
  const keys = await sealFor([reader]);
  const label = pictureLabel(owner.primary, { ...reader, salt });
  const { enc, ct } = keys[label]!;
  const flipped = (ct.startsWith("A") ? "B" : "A") + ct.slice(1);
  const entries = [
    null,
    7,
    {},
    { v: 1, enc, ct },
    { v: 2, enc },
    { v: 2, enc, ct: 7 },
    { v: 2, enc, ct: "" },
    { v: 2, enc: "AA", ct },
    { v: 2, enc, ct: flipped },
  ];
  for (const entry of entries) assert.equal(await open({ [label]: entry }, reader), null);
  for (const map of [undefined, null, 7, "x", [], {}]) assert.equal(await open(map, reader), null);
});

Deno.test("a key cannot be moved to another picture or another owner", async () => {
  const [reader, impostor] = [person(), person()];
  const keys = await sealFor([reader]);
  const entry = keys[pictureLabel(owner.primary, { ...reader, salt })];
  const otherSalt = randomBytes(16);
  const moved = { [pictureLabel(owner.primary, { ...reader, salt: otherSalt })]: entry };
  const { identitySecret } = reader;
  assert.equal(
    await openPictureKey(moved, { salt: otherSalt, owner: owner.primary, identitySecret }),
    null,
  );
  const stolen = { [pictureLabel(impostor.primary, { ...reader, salt })]: entry };
  assert.equal(
    await openPictureKey(stolen, { salt, owner: impostor.primary, identitySecret }),
    null,
  );
});

Deno.test("a picture's fragment names the version and the salt", () => {
  const hex = "00112233445566778899aabbccddeeff";
  for (const version of ["kez-visual-v1", "kez-visual-v2"]) {
    assert.deepEqual(parseVisualFragment(`#${version}:${hex}`), { version, salt: hex });
  }
  for (
    const text of ["", "#x", `#kez-visual-v3:${hex}`, `#kez-visual-v2:${hex}0`, "#kez-visual-v2:"]
  ) {
    assert.equal(parseVisualFragment(text), null);
  }
});
