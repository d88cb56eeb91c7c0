import assert from "node:assert/strict";
import { fileKindOf, sniffType } from "../../../../client/attachments/file_kind.ts";
import { largestFile, MAX_FILE_BYTES } from "../../../../client/attachments/file_limit.ts";
import { cleanFileName, halvesOf } from "../../../../client/attachments/file_name.ts";
import { prepareFile } from "../../../../client/attachments/prepare_file.ts";
import {
  clockOf,
  decodeWaveform,
  encodeWaveform,
  waveformOf,
} from "../../../../client/attachments/waveform.ts";
import { silenceOthers } from "../../../../client/components/attachment/one_voice.ts";
import { pictureBox } from "../../../../client/components/attachment/picture_box.ts";
import { sealedSize } from "../../../../protocol/attachment_cipher.ts";
import { tells } from "../session/support.ts";

Deno.test("only pictures that are pixels alone are shown, and only sounds with a length are played", () => {
  const kind = (mime: string, duration_ms?: number, size = 1) =>
    fileKindOf({ mime, size, duration_ms });
  assert.equal(kind("image/PNG; x=y"), "picture");
  for (
    const mime of ["image/svg+xml", "image/heic", "text/html", "application/pdf", "", "image/"]
  ) {
    assert.equal(kind(mime), "file", mime);
  }
  assert.equal(kind("audio/webm;codecs=opus", 0), "voice");
  assert.equal(kind("audio/webm"), "file");
  assert.equal(kind("image/png", undefined, MAX_FILE_BYTES + 1), "file");
});

Deno.test("what a file is, its bytes say", () => {
  const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
  assert.equal(sniffType(bytes("\x89PNG\r\n\x1a\n…")), "image/png");
  assert.equal(sniffType(bytes("RIFF\0\0\0\0WEBP")), "image/webp");
  assert.equal(sniffType(bytes("\xff\xd8\xff\xe0")), "image/jpeg");
  assert.equal(sniffType(bytes("GIF89a")), "image/gif");
  for (
    const text of [
      "",
      "GIF",
      "<svg xmlns=",
      "<html>",
      "%PDF-1.7",
      "RIFF\0\0\0\0WAVE",
      "BM\0\0\0\0\0\0WEBP",
    ]
  ) {
    assert.equal(sniffType(bytes(text)), "application/octet-stream", text);
  }
});

Deno.test("a name is shown and saved without paths, hidden characters, or an end that is turned around", () => {
  assert.equal(cleanFileName("letter to bob.pdf"), "letter to bob.pdf");
  assert.equal(cleanFileName("../../etc/passwd"), "_.._etc_passwd");
  assert.equal(cleanFileName("photo\u202egnp.exe"), "photo_gnp.exe");
  assert.equal(cleanFileName("a\u0000b\n.txt"), "a_b_.txt");
  assert.equal(cleanFileName(" . "), "file");
  const long = cleanFileName(`${"👍".repeat(200)}.jpeg`);
  assert.ok(long.length <= 255 && long.endsWith("👍.jpeg") && long.isWellFormed());
});

Deno.test("the largest file that a server takes still fits once it is padded, and a larger one does not", () => {
  for (const maxBlobBytes of [2_000, 1_000_000, 2 ** 20, 20_000_000, 2 ** 24 + 16]) {
    const size = largestFile(maxBlobBytes);
    assert.ok(sealedSize(size) <= maxBlobBytes, String(maxBlobBytes));
    assert.ok(sealedSize(size + 1) > maxBlobBytes, String(maxBlobBytes));
  }
  assert.equal(largestFile(32 * 2 ** 20), MAX_FILE_BYTES);
});

Deno.test("a picture's place has its shape, and bounds whatever is claimed", () => {
  assert.deepEqual(pictureBox({ width: 2048, height: 1024 }), { width: 320, height: 160 });
  assert.deepEqual(pictureBox({ width: 100, height: 200 }), { width: 100, height: 200 });
  assert.deepEqual(pictureBox({ width: null, height: 5 }), { width: 240, height: 180 });
  for (const [width, height] of [[1, 1e15], [1e15, 1], [1, 1]] as const) {
    const box = pictureBox({ width, height });
    assert.ok(box.width >= 96 && box.width <= 320 && box.height >= 96 && box.height <= 360);
  }
});

Deno.test("a waveform shows where it is loud; silence is flat", () => {
  const loudAtEnd = Array.from({ length: 100 }, (_, at) => at < 50 ? 0.1 : 0.5);
  const waveform = waveformOf(loudAtEnd, 4);
  assert.deepEqual(waveform.map((each) => Math.round(each * 10) / 10), [0.2, 0.2, 1, 1]);
  assert.deepEqual(waveformOf(Array(10).fill(0), 3), [0, 0, 0]);
  assert.deepEqual(waveformOf([], 2), [0, 0]);
  assert.deepEqual([clockOf(0), clockOf(7_900), clockOf(754_000)], ["0:00", "0:07", "12:34"]);
});

Deno.test("a waveform is the same after its way through a message, and flat where that says nothing", () => {
  const waveform = [0, 0.2, 1];
  const close = decodeWaveform(encodeWaveform(waveform)).map((each) =>
    Math.round(each * 100) / 100
  );
  assert.deepEqual(close, waveform);
  for (const nothing of [null, "", "*"]) {
    assert.deepEqual(new Set(decodeWaveform(nothing)), new Set([0]));
  }
});

Deno.test("a folder that was dropped, or a file that is gone, is told as what it is", async () => {
  const unreadable = { arrayBuffer: () => Promise.reject(new DOMException("", "NotFoundError")) };
  const folder = Object.assign(new File([], "holidays"), { slice: () => unreadable });
  await assert.rejects(prepareFile(folder), tells("file_unreadable"));
  const film = await prepareFile(new File(["film"], "a.mp4", { type: "video/mp4" }));
  assert.deepEqual([film.file.name, film.file.mime, film.isAsItIs], ["a.mp4", "video/mp4", true]);
});

Deno.test("a photo or film under a name that says nothing of it is not taken for something else", async () => {
  for (const head of ["\xff\xd8\xff\xe1Exif", "\0\0\0\x18ftypheic"]) {
    const bytes = Uint8Array.from(head, (char) => char.charCodeAt(0));
    // Nobody here can draw it.
    assert.equal((await prepareFile(new File([bytes], "IMG_0001"))).isAsItIs, true, head);
  }
  assert.equal((await prepareFile(new File(["words"], "letter"))).isAsItIs, false);
});

Deno.test("a voice message that begins to play ends the one before", () => {
  const paused: string[] = [];
  const [one, two] = ["one", "two"].map((name) =>
    ({ pause: () => paused.push(name) }) as unknown as HTMLMediaElement
  );
  for (const next of [one!, one!, two!]) silenceOthers(next);
  assert.deepEqual(paused, ["one"]);
});

Deno.test("a long name is cut in its middle: how it begins, how it ends and what it is stay in sight", () => {
  const endingOf = (name: string) => {
    const { start, ending } = halvesOf(name);
    assert.equal(start + ending, name);
    return ending;
  };
  assert.equal(endingOf("Minutes of the yearly meeting, version 3.pdf"), "sion 3.pdf");
  assert.equal(endingOf("notes.txt"), ".txt");
  assert.equal(endingOf("a name without an ending 2026"), "g 2026");
  assert.equal(endingOf("a very long name of a model.safetensor"), ".safetensor");
  assert.equal(
    endingOf("\u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd \u05e9\u05dc\u05d5\u05dd.pdf"),
    ".pdf",
  );
  assert.equal(halvesOf("x".repeat(300)).ending.length, 6);
});
