import type { PictureAnswer, PictureRequest } from "./picture_thread.ts";
import { pictureWorks } from "./picture_works.ts";
import { PictureFault } from "./png.ts";

/** Computes pictures off the main thread, one after another: a request in, an answer out. */
async function answer({ id, work, args }: PictureRequest): Promise<PictureAnswer> {
  try {
    const run = pictureWorks[work] as (...args: unknown[]) => Promise<Uint8Array<ArrayBuffer>>;
    return { id, bytes: await run(...args) };
  } catch (error) {
    return { id, fault: String(error), isOfPicture: error instanceof PictureFault };
  }
}

addEventListener("message", async ({ data }: MessageEvent<PictureRequest>) => {
  postMessage(await answer(data));
});
