import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Download, Page } from "playwright-core";

export const BLOB_PATH = /\/[0-9a-f]{64}$/;
/** Stands where a camera writes the place. */
export const SECRET = "GPS 47.3769 8.5417";

export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export const LETTER: TestFile = {
  name: "letter to bob.pdf",
  mimeType: "application/pdf",
  buffer: Buffer.from(crypto.getRandomValues(new Uint8Array(5_000))),
};

/** A photo of 600 × 400, red on the left and blue on the right, with what a camera writes into it. */
export async function photo(page: Page, name = "harbour.jpg"): Promise<TestFile> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [600, 400];
    const context = canvas.getContext("2d")!;
    context.fillStyle = "rgb(220, 30, 30)";
    context.fillRect(0, 0, 300, 400);
    context.fillStyle = "rgb(30, 30, 220)";
    context.fillRect(300, 0, 300, 400);
    return canvas.toDataURL("image/jpeg", 0.95).split(",")[1]!;
  });
  const jpeg = Buffer.from(base64, "base64");
  const exif = Buffer.from(`Exif\0\0${SECRET}`, "latin1");
  const head = Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2]);
  return { name, mimeType: "image/jpeg", buffer: Buffer.concat([head, exif, jpeg.subarray(2)]) };
}

/** Chooses files in the menu of the composer, up to the dialog that sends them. */
export async function attach(
  page: Page,
  files: TestFile | TestFile[],
  { item = "Photo or video" } = {},
): Promise<void> {
  await page.getByRole("button", { name: "Attach" }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("menuitem", { name: item }).click(),
  ]);
  await chooser.setFiles(files);
  await page.getByRole("dialog").waitFor();
}

export async function sendChosen(page: Page, caption = ""): Promise<void> {
  const dialog = page.getByRole("dialog");
  if (caption !== "") await dialog.getByRole("textbox", { name: "Caption" }).fill(caption);
  await dialog.getByRole("button", { name: "Send" }).click();
  await dialog.waitFor({ state: "detached" });
}

export const own = (page: Page) =>
  page.getByRole("log").getByRole("article", { name: /^You/ }).last();
export const theirs = (page: Page) => page.getByRole("log").getByRole("article").last();

/** The colours of a shown picture, a quarter from either side. */
export async function pixels(
  page: Page,
  name: RegExp,
): Promise<{ left: number[]; right: number[] }> {
  const image = page.getByRole("img", { name }).last();
  await image.waitFor();
  return await image.evaluate(async (element) => {
    const img = element as HTMLImageElement;
    await img.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
    const context = canvas.getContext("2d")!;
    context.drawImage(img, 0, 0);
    const at = (x: number) => [...context.getImageData(x, canvas.height / 2, 1, 1).data];
    return { left: at(canvas.width / 4), right: at((canvas.width * 3) / 4) };
  });
}

export function assertPhoto({ left, right }: { left: number[]; right: number[] }): void {
  assert.ok(left[0]! > 180 && left[2]! < 80, `left is red: ${left}`);
  assert.ok(right[2]! > 180 && right[0]! < 80, `right is blue: ${right}`);
}

export async function bytesOf(download: Download): Promise<Uint8Array> {
  return await Deno.readFile((await download.path())!);
}

/** Lets a page receive so many bytes a second, until it is told otherwise. */
export async function throttle(page: Page): Promise<(bytesAS: number) => Promise<void>> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Network.enable");
  return async (downloadThroughput) => {
    const rest = { offline: false, latency: 0, uploadThroughput: -1 };
    await devTools.send("Network.emulateNetworkConditions", { ...rest, downloadThroughput });
  };
}
