import type { Locator, Page } from "playwright-core";
import { photo } from "./attachment_actions.ts";

export async function openSettings(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings" })
    .or(page.getByRole("button", { name: "Settings" })).first().click();
  await page.getByLabel("Profile picture").waitFor();
}

/** Picks the photo in Settings and takes what the dialog offers. */
export async function setPicture(
  page: Page,
  prepare: (dialog: Locator) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await page.getByLabel("Profile picture").setInputFiles(await photo(page));
  const dialog = page.getByRole("dialog", { name: "Choose the part to show" });
  await dialog.getByRole("button", { name: "Use this picture" }).waitFor();
  await prepare(dialog);
  await dialog.getByRole("button", { name: "Use this picture" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** Sets a picture in Settings, and tells under which address the app starts the worker that scrambles it. */
export async function pictureWorkerOf(page: Page): Promise<string> {
  const starting = page.waitForEvent("worker", (worker) => /picture_worker/.test(worker.url()));
  await setPicture(page);
  return (await starting).url();
}

/** What the app's own worker makes of the large picture of `visual.json`, and how long it took. */
export async function scrambleInPage(
  page: Page,
  { worker, vectors, times }: {
    worker: string;
    vectors: { key: string; salt: string; large: { width: number; height: number } };
    times: number;
  },
): Promise<{ version: string; noise: string; isBack: boolean; milliseconds: number[] }[]> {
  return await page.evaluate(async ({ worker: url, vectors, times }) => {
    const { key, salt, large: { width, height } } = vectors;
    const rgb = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
      const pixel = Math.floor(at / 3);
      const [x, y] = [pixel % width, Math.floor(pixel / width)];
      return [x, y, (x * y) % 256][at % 3]!;
    });
    const worker = new Worker(url, { type: "module" });
    const ask = (work: string, ...args: unknown[]) =>
      new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
        worker.onmessage = ({ data }) => "bytes" in data ? resolve(data.bytes) : reject(data.fault);
        worker.postMessage({ id: 1, work, args });
      });
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d")!;
    const encode = async () => {
      const image = context.createImageData(width, height);
      image.data.fill(255);
      for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
        image.data.set(rgb.subarray(from, from + 3), to);
      }
      context.putImageData(image, 0, 0);
      return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
    };
    const decode = async (png: Uint8Array<ArrayBuffer>) => {
      context.drawImage(await createImageBitmap(new Blob([png])), 0, 0);
      return context.getImageData(0, 0, width, height).data.filter((_, at) => at % 4 !== 3);
    };
    const hex = async (bytes: BufferSource) =>
      new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).reduce(
        (text, byte) => text + byte.toString(16).padStart(2, "0"),
        "",
      );
    const face = await encode();
    const results = [];
    for (const version of ["kez-visual-v1", "kez-visual-v2"]) {
      const secret = { version, key, salt };
      const png = await ask("scramble", face, secret);
      const noise = await hex(await decode(png));
      let back = face;
      const milliseconds: number[] = [];
      for (let time = 0; time < times; time++) {
        const beganAtMs = performance.now();
        back = await ask("unscramble", png, secret);
        milliseconds.push(performance.now() - beganAtMs);
      }
      const isBack = await hex(await decode(back)) === await hex(rgb);
      results.push({ version, noise, isBack, milliseconds });
    }
    worker.terminate();
    return results;
  }, { worker, vectors, times });
}
