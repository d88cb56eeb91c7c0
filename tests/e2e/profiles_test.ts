import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Locator, Page } from "playwright-core";
import { connectClient } from "../relay/support/test_client.ts";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import {
  choosePassphrase,
  createPeople,
  introduce,
  lock,
  revealPhrase,
  startChat,
  unlock,
} from "./actions.ts";
import { SECRET } from "./attachment_actions.ts";
import vectors from "../vectors/visual.json" with { type: "json" };
import { openSettings, pictureWorkerOf, scrambleInPage, setPicture } from "./picture_actions.ts";

type Rgb = readonly [number, number, number];

const RED: Rgb = [220, 30, 30];
const BLUE: Rgb = [30, 30, 220];

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

Deno.test("beside the longest name the handle stays in sight, in the list and above the thread", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await openSettings(alice);
  await alice.getByRole("textbox", { name: "Display name" }).fill("W".repeat(64));
  await alice.keyboard.press("Enter");
  await alice.getByText("Saved.").first().waitFor();
  await publicProfile(server, (one) => Boolean(one.display_name));
  await bob.reload();
  await listed(bob, "alice").getByText("W".repeat(64)).waitFor();
  for (const place of [listed(bob, "alice").locator(".name"), bob.locator(".thread > header h1")]) {
    const [outer, inner] = [
      await place.boundingBox(),
      await place.locator(".server").boundingBox(),
    ];
    const isInside = inner!.width > 10 && inner!.x + inner!.width <= outer!.x + outer!.width + 1;
    assert.ok(isInside, JSON.stringify({ outer, inner }));
  }
});

Deno.test("a contact sees the face, a stranger's client nothing but noise, and a fresh device its own", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  await bob.locator(".thread > header").getByRole("button", { name: /Show the picture/ }).click();
  const whole = bob.getByRole("dialog", { name: "Picture of Alice Liddell" });
  await expectFace(whole.getByRole("img", { name: "Picture of Alice Liddell" }));
  await inspectScreen(bob, "face");
  await bob.keyboard.press("Escape");
  await whole.waitFor({ state: "detached" });
  assert.match(
    await bob.evaluate(() => document.activeElement!.getAttribute("aria-label")!),
    /Show the picture/,
  );

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
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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
  const visitor = await browser.newPage({ baseUrl: server.url });
  await visitor.goto("/u/alice");
  const [seen] = await sides(visitor.locator("img.face"));
  assert.ok(seen[0] > 150, JSON.stringify(seen));
  await inspectScreen(visitor, "profile-picture");
  await alice.getByRole("switch", { name: "Show my picture to everyone" }).click();
  await expectNoise(alice.getByRole("img", { name: "What strangers see" }));
  await alice.getByRole("button", { name: "Remove picture" }).click();
  await publicProfile(server, (one) => one.picture === undefined);
  assert.equal(await alice.locator(".picture img").count(), 0);
});

Deno.test("the worker of the built app scrambles the picture of the vectors as they say, and back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await createPeople({ server, browser }, ["alice"]);
  await openSettings(alice);
  const worker = await pictureWorkerOf(alice);
  const results = await scrambleInPage(alice, { worker, vectors, times: 1 });
  assert.deepEqual(
    results.map(({ version, noise, isBack }) => [version, noise, isBack]),
    [
      ["kez-visual-v1", vectors.large.v1_sha256, true],
      ["kez-visual-v2", vectors.large.v2_sha256, true],
    ],
  );
});

Deno.test("a picture that is set in a tab that follows is shown in the one that leads, and again after a lock", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await createPeople({ server, browser }, ["alice"]);
  await openSettings(alice);
  const second = await alice.context().newPage();
  await second.goto(new URL("/settings", server.url).href);
  await second.getByRole("button", { name: "Profile picture" }).waitFor();
  await setPicture(second);
  for (const tab of [second, alice]) await expectFace(tab.locator(".picture .avatar img"));
  await lock(second);
  await unlock(second);
  await openSettings(second);
  await expectFace(second.locator(".picture .avatar img"));
});
