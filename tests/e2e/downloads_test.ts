import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { introduce } from "./actions.ts";
import {
  attach,
  bytesOf,
  LETTER,
  own,
  photo,
  sendChosen,
  type TestFile,
  theirs,
  throttle,
} from "./attachment_actions.ts";

/** A photo that takes half a minute at 10 KB/s: nothing of it can be left out. */
async function noisyPhoto(page: Page, name: string): Promise<TestFile> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [800, 600];
    const context = canvas.getContext("2d")!;
    const image = context.createImageData(800, 600);
    for (let at = 0; at < image.data.length; at++) {
      image.data[at] = at % 4 === 3 ? 255 : 256 * Math.random();
    }
    context.putImageData(image, 0, 0);
    return canvas.toDataURL("image/jpeg", 0.95).split(",")[1]!;
  });
  return { name, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}

const ring = (page: Page) => page.getByRole("progressbar", { name: /^Downloading, \d+ %$/ });
const cancel = (page: Page) => page.getByRole("button", { name: "Cancel download" });

async function untilHalf(page: Page): Promise<void> {
  await page.getByRole("progressbar", { name: /^Downloading, [1-9]\d* %$/ }).waitFor();
}

Deno.test("a file that comes slowly shows how far it is; cancelled, it can be saved again", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const setSpeed = await throttle(bob);
  const film = { ...LETTER, name: "film.bin", buffer: Buffer.alloc(2_000_000, 7) };
  await attach(alice, film, { item: "File" });
  await sendChosen(alice);
  await own(alice).getByRole("img", { name: /^(Delivered|Read)$/ }).waitFor();
  const save = theirs(bob).getByRole("button", { name: "Save film.bin" });
  await setSpeed(40_000);
  await save.focus();
  await bob.keyboard.press("Enter");
  await ring(bob).waitFor();
  await untilHalf(bob);
  await inspectScreen(bob, "downloading-file");
  await cancel(bob).focus();
  await bob.keyboard.press("Enter");
  await bob.getByText("Download cancelled.").waitFor({ state: "attached" });
  await save.waitFor();
  assert.ok(await save.evaluate((button) => button === document.activeElement));
  await setSpeed(-1);
  const saving = bob.waitForEvent("download");
  await save.click();
  assert.deepEqual(Buffer.from(await bytesOf(await saving)), film.buffer);
});

Deno.test("a photo that comes slowly shows how far it is, in the chat and at full size, and comes when it is wanted again", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const setSpeed = await throttle(bob);
  await attach(alice, await photo(alice, "one.jpg"));
  await sendChosen(alice);
  await bob.getByRole("img", { name: "one.jpg" }).waitFor();
  await setSpeed(10_000);
  await attach(alice, await noisyPhoto(alice, "two.jpg"));
  await sendChosen(alice);
  await untilHalf(bob);
  await inspectScreen(bob, "downloading-photo");
  await cancel(bob).focus();
  await bob.keyboard.press("Enter");
  const load = theirs(bob).getByRole("button", { name: "Load photo" });
  await load.waitFor();
  assert.ok(await load.evaluate((button) => button === document.activeElement));
  await inspectScreen(bob, "download-cancelled");

  await bob.getByRole("button", { name: "View photo" }).click();
  const gallery = bob.getByRole("dialog", { name: "Photos" });
  await gallery.getByText("1 of 2").waitFor();
  await bob.keyboard.press("ArrowRight");
  await gallery.getByRole("progressbar", { name: /^Downloading/ }).waitFor();
  await inspectScreen(bob, "gallery-downloading");
  await gallery.getByRole("button", { name: "Cancel download" }).click();
  await gallery.getByText("Download cancelled.").waitFor();
  await setSpeed(-1);
  await gallery.getByRole("button", { name: "Load photo" }).click();
  await gallery.getByRole("img", { name: "two.jpg" }).waitFor();
  await bob.keyboard.press("Escape");
  await load.click();
  await bob.getByRole("img", { name: "two.jpg" }).waitFor();
});
