import assert from "node:assert/strict";
import { parsePictureUrl, pictureUrl } from "../../../../client/pictures/picture_url.ts";

const SHA = "ab".repeat(32);
const SALT = "0f".repeat(16);
const parse = (text: unknown, mayBeLoopback = false) => parsePictureUrl(text, { mayBeLoopback });

Deno.test("a picture's URL says where it lies, what it has to be, and how it is scrambled", () => {
  const text = `https://kez.test/${SHA}.png#kez-visual-v2:${SALT}`;
  const place = parse(text);
  assert.deepEqual(place, {
    url: `https://kez.test/${SHA}.png`,
    sha256: SHA,
    visual: { version: "kez-visual-v2", salt: SALT },
  });
  assert.equal(pictureUrl(place!), text);
  assert.equal(
    parse(`https://kez.test/${SHA}#kez-visual-v1:${SALT}`)?.visual?.version,
    "kez-visual-v1",
  );
});

Deno.test("one that everybody sees has no fragment", () => {
  const place = parse(`https://kez.test/${SHA}.jpg`);
  assert.equal(place?.visual, null);
  assert.equal(pictureUrl(place!), `https://kez.test/${SHA}.jpg`);
});

Deno.test("anything else is asked of nobody", () => {
  const bad = [
    null,
    7,
    "",
    "picture",
    `http://kez.test/${SHA}.png`,
    `http://127.0.0.1:6969/${SHA}.png`,
    `ftp://kez.test/${SHA}.png`,
    `data:image/png;base64,${SHA}`,
    `https://alice:secret@kez.test/${SHA}.png`,
    `https://kez.test/${SHA}.png?who=bob`,
    `https://kez.test/${SHA.toUpperCase()}.png`,
    `https://kez.test/${SHA}0.png`,
    "https://kez.test/me.png",
    `https://kez.test/${SHA}.png#kez-visual-v3:${SALT}`,
    `https://kez.test/${SHA}.png#kez-visual-v2:${SALT}00`,
    `https://kez.test/${"x".repeat(3_000)}/${SHA}.png`,
  ];
  for (const text of bad) assert.equal(parse(text), null, String(text));
});

Deno.test("in a world on one machine it may lie there", () => {
  const text = `http://localhost:6969/${SHA}.png`;
  assert.equal(parse(text, true)?.url, text);
  assert.equal(parse(`http://kez.test/${SHA}.png`, true), null);
});
