import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "../../../../protocol/bytes.ts";
import {
  createPictureThread,
  type PictureWorker,
} from "../../../../client/pictures/picture_thread.ts";
import { pictureWorks } from "../../../../client/pictures/picture_works.ts";
import { decodePng, encodePng, PictureFault } from "../../../../client/pictures/png.ts";
import vectors from "../../../vectors/visual.json" with { type: "json" };

const { width, height } = vectors.large;
const { key, salt } = vectors;

function largePicture(): Uint8Array {
  return Uint8Array.from({ length: width * height * 3 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return [x, y, (x * y) % 256][at % 3]!;
  });
}

Deno.test("the large vector, scrambled into a PNG and back, in both versions", async () => {
  const face = await encodePng({ width, height, rgb: largePicture() });
  const digests = {
    "kez-visual-v1": vectors.large.v1_sha256,
    "kez-visual-v2": vectors.large.v2_sha256,
  } as const;
  for (const version of ["kez-visual-v1", "kez-visual-v2"] as const) {
    const secret = { version, key, salt };
    const noise = await pictureWorks.scramble(face, secret);
    const { rgb } = await decodePng(noise, { maxPixels: width * height });
    assert.equal(bytesToHex(sha256(rgb)), digests[version]);
    assert.deepEqual(await pictureWorks.unscramble(noise, secret), face);
  }
});

/** A worker in this very thread. */
function startFakeWorker(): PictureWorker & { isEnded: boolean } {
  const worker = {
    onmessage: null as PictureWorker["onmessage"],
    onerror: null,
    isEnded: false,
    postMessage({ id, work, args }: Parameters<PictureWorker["postMessage"]>[0]) {
      const run = pictureWorks[work] as (...args: unknown[]) => Promise<Uint8Array<ArrayBuffer>>;
      const tell = (data: unknown) =>
        worker.onmessage?.({ data } as Parameters<NonNullable<PictureWorker["onmessage"]>>[0]);
      run(...args).then(
        (bytes) => tell({ id, bytes }),
        (error) => tell({ id, fault: String(error), isOfPicture: error instanceof PictureFault }),
      );
    },
    terminate: () => void (worker.isEnded = true),
  };
  return worker;
}

Deno.test("the worker serves what is asked at once, ends with the last, and is started again", async () => {
  const started: ReturnType<typeof startFakeWorker>[] = [];
  const thread = createPictureThread(() => {
    const worker = startFakeWorker();
    started.push(worker);
    return worker;
  });
  const face = await encodePng({
    width: 2,
    height: 2,
    rgb: Uint8Array.from({ length: 12 }, (_, i) => i),
  });
  const secret = { version: "kez-visual-v2", key, salt } as const;
  const [one, two] = await Promise.all([
    thread.scramble(face, secret),
    thread.scramble(face, secret),
  ]);
  assert.deepEqual(one, two);
  assert.equal(started.length, 1);
  assert.ok(started[0]!.isEnded);
  assert.deepEqual(await thread.unscramble(one, secret), face);
  await assert.rejects(thread.unscramble(new Uint8Array(3), secret), PictureFault);
  assert.equal(started.length, 3);
  assert.ok(started.every(({ isEnded }) => isEnded));
});
