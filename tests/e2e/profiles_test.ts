import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Locator, Page } from "playwright-core";
import { connectClient } from "../relay/support/test_client.ts";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { choosePassphrase, createPeople, introduce, revealPhrase, startChat } from "./actions.ts";

/** Stands where a camera writes the place. */
const SECRET = "GPS 47.3769 8.5417";

type Rgb = readonly [number, number, number];

const RED: Rgb = [220, 30, 30];
const BLUE: Rgb = [30, 30, 220];

/** A photo of 600 × 400, red on the left and blue on the right, with what a camera writes into it. */
async function photo(page: Page) {
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
  const buffer = Buffer.concat([head, exif, jpeg.subarray(2)]);
  return { name: "me.jpg", mimeType: "image/jpeg", buffer };
}

async function openSettings(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Settings" }).or(
    page.getByRole("button", { name: "Settings" }),
  )
    .first().click();
  await page.getByLabel("Profile picture").waitFor();
}

/** Picks the photo and takes what the dialog offers. */
async function setPicture(page: Page, prepare = async (_: Locator) => {}): Promise<void> {
  await page.getByLabel("Profile picture").setInputFiles(await photo(page));
  const dialog = page.getByRole("dialog", { name: "Choose the part to show" });
  await dialog.getByRole("button", { name: "Use this picture" }).waitFor();
  await prepare(dialog);
  await dialog.getByRole("button", { name: "Use this picture" }).click();
  await dialog.waitFor({ state: "detached" });
}

/** The colours left and right of the middle of a picture on the screen. */
async function sides(picture: Locator): Promise<[Rgb, Rgb]> {
  await picture.waitFor();
  return await picture.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const at = (
      x: number,
    ) => [...context.getImageData(x * canvas.width, canvas.height / 2, 1, 1).data.slice(0, 3)];
    return [at(0.2), at(0.8)] as unknown as [Rgb, Rgb];
  });
}

/** The face as the photo has it, as near as JPEG is. */
async function expectFace(picture: Locator): Promise<void> {
  const shown = await sides(picture);
  for (const [at, wanted] of [RED, BLUE].entries()) {
    for (const [channel, value] of wanted.entries()) {
      const found = shown[at]![channel]!;
      assert.ok(Math.abs(found - value) < 12, `${JSON.stringify(shown)} is not the photo`);
    }
  }
}

/** Mean and spread of all bytes of a picture: of noise 127.5 and 73.9, with nothing in common between neighbours. */
async function statistics(picture: Locator) {
  return await picture.evaluate(async (element) => {
    const image = element as HTMLImageElement;
    await image.decode();
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const red = data.filter((_, at) => at % 4 === 0);
    const mean = red.reduce((sum, value) => sum + value, 0) / red.length;
    const about = (step: number) =>
      red.reduce((sum, value, at) => sum + (value - mean) * ((red[at + step] ?? mean) - mean), 0) /
      red.length;
    const variance = about(0);
    return { side: canvas.width, mean, spread: Math.sqrt(variance), likeness: about(1) / variance };
  });
}

async function expectNoise(picture: Locator): Promise<void> {
  await picture.waitFor();
  const { side, mean, spread, likeness } = await statistics(picture);
  assert.equal(side, 256);
  assert.ok(Math.abs(mean - 127.5) < 3, `mean ${mean}`);
  assert.ok(Math.abs(spread - 73.9) < 3, `spread ${spread}`);
  assert.ok(Math.abs(likeness) < 0.03, `likeness ${likeness}`);
}

/** What anybody can read of a profile. */
async function publicProfile(server: KezChat, isSo: (profile: Record<string, unknown>) => boolean) {
  await using client = await connectClient(server.relayUrl);
  let [event] = (await client.subscribe("all", { kinds: [0] }))
    .filter(({ content }) => isSo(JSON.parse(content)));
  while (!event || !isSo(JSON.parse(event.content))) event = await client.live("all");
  return JSON.parse(event.content) as Record<string, unknown>;
}

const listed = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name });

async function showInPage(page: Page, url: string): Promise<Locator> {
  await page.evaluate(async (url) => {
    const blob = await (await fetch(url)).blob();
    const image = document.createElement("img");
    image.id = "downloaded";
    image.src = URL.createObjectURL(blob);
    document.body.append(image);
  }, url);
  return page.locator("#downloaded");
}

async function pictured({ server, browser }: { server: KezChat; browser: TestBrowser }) {
  const { alice, bob } = await introduce({ server, browser });
  await openSettings(alice);
  await setPicture(alice);
  return { alice, bob };
}

Deno.test("a contact sees the face, a stranger's client nothing but noise, and a fresh device its own", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await pictured({ server, browser });
  const { carol } = await createPeople({ server, browser }, ["carol"]);
  await expectFace(alice.locator(".picture .avatar img"));
  await expectNoise(alice.getByRole("img", { name: "What strangers see" }));
  await alice.getByRole("textbox", { name: "Display name" }).fill("Alice Liddell");
  await alice.keyboard.press("Enter");
  await alice.getByText("Saved.").first().waitFor();
  await inspectScreen(alice, "settings-picture");
  const profile = await publicProfile(server, (one) => Boolean(one.picture && one.display_name));
  assert.equal(Object.keys(profile.kez_visual_keys as object).length, 16);

  await bob.reload();
  await expectFace(listed(bob, "alice").locator("img"));
  await listed(bob, "Alice Liddell").click();
  await expectFace(bob.locator(".thread > header img"));
  await inspectScreen(bob, "thread-picture");

  await startChat(carol, "alice");
  await carol.getByRole("heading", { name: "Alice Liddell" }).first().waitFor();
  assert.equal(await carol.locator("img").count(), 0);
  await expectNoise(await showInPage(carol, String(profile.picture)));

  const phrase = await revealPhrase(alice, "Reveal recovery phrase");
  const fresh = await browser.newPage({ baseUrl: server.url });
  await fresh.goto(server.url);
  await fresh.getByRole("button", { name: "Restore account" }).click();
  await fresh.getByRole("textbox", { name: "Recovery phrase" }).fill(phrase.join(" "));
  await fresh.getByRole("button", { name: "Continue" }).click();
  await fresh.getByRole("textbox", { name: "Handle" }).waitFor();
  await fresh.getByRole("button", { name: "Continue" }).click();
  await choosePassphrase(fresh, { button: "Restore account" });
  await openSettings(fresh);
  await expectFace(fresh.locator(".picture .avatar img"));
  assert.equal(
    await fresh.getByRole("textbox", { name: "Display name" }).inputValue(),
    "Alice Liddell",
  );
  await expectNoise(fresh.getByRole("img", { name: "What strangers see" }));
});

Deno.test("a picture is turned and moved by keyboard, shown to everyone without what the camera wrote, and removed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice } = await createPeople({ server, browser }, ["alice"]);
  await openSettings(alice);
  await alice.getByRole("switch", { name: "Show my picture to everyone" }).click();
  await setPicture(alice, async (dialog) => {
    await inspectScreen(alice, "crop");
    for (let turn = 0; turn < 4; turn++) {
      await dialog.getByRole("button", { name: "Rotate" }).click();
    }
    await dialog.getByRole("button", { name: "Move the picture" }).focus();
    for (let press = 0; press < 60; press++) await alice.keyboard.press("ArrowLeft");
  });
  // As far right as it goes: of the red half only a quarter of the square is left.
  const open = await publicProfile(server, ({ picture }) => /\.jpg$/.test(String(picture)));
  assert.equal("kez_visual_keys" in open, false);
  const picture = await showInPage(alice, String(open.picture));
  const [left, right] = await sides(picture);
  assert.ok(left[0] > 150 && right[2] > 150, JSON.stringify([left, right]));
  const bytes = Buffer.from(await (await fetch(String(open.picture))).arrayBuffer());
  assert.equal(bytes.includes(SECRET), false);
  assert.equal(bytes.includes("Exif"), false);
  assert.equal(await alice.getByRole("img", { name: "What strangers see" }).count(), 0);
  await alice.getByRole("switch", { name: "Show my picture to everyone" }).click();
  await expectNoise(alice.getByRole("img", { name: "What strangers see" }));
  await alice.getByRole("button", { name: "Remove picture" }).click();
  await publicProfile(server, (one) => one.picture === undefined);
  assert.equal(await alice.locator(".picture img").count(), 0);
});
