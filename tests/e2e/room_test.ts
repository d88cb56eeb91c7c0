import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import { createAccount, openChat } from "./actions.ts";

/** As long as one may be. */
const LONGEST_HANDLE = "a-rather-long-handle-of-32-chars";

Deno.test("no screen is wider than the window, down to 320 pixels", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: LONGEST_HANDLE });
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of ["/chats", "/settings", "/nowhere", "/u/nobody"]) {
    await page.goto(path);
    await page.getByRole("heading").first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, path);
  }
});

Deno.test("with letters of twice the size every screen still fits a phone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url, size: "phone" });
  const devTools = await page.context().newCDPSession(page);
  await devTools.send("Page.enable");
  await devTools.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
  await page.goto("/");
  await page.getByRole("heading", { name: "What the server sees" }).waitFor();
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).fontSize), "32px");
  assert.deepEqual(await tooWide(page), []);
  await createAccount(page, { url: server.url, handle: LONGEST_HANDLE });
  for (const path of ["/chats", "/chats/Note to self", "/settings", "/identity", "/dashboard"]) {
    await page.goto(path);
    await page.getByRole("heading").first().waitFor();
    assert.deepEqual(await tooWide(page), [], path);
  }
});

Deno.test("the longest handle leaves the list its width, beside the thread and with what is wrong", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: LONGEST_HANDLE });
  await openChat(page, "Note to self");
  const list = await boxOf(page.getByRole("navigation", { name: "Conversations" }));
  const thread = await boxOf(page.getByRole("log", { name: "Messages with Note to self" }));
  assert.equal(list.x + list.width <= thread.x, true);
  await page.getByRole("button", { name: "New chat" }).click({ trial: true });
  await page.context().setOffline(true);
  const connection = page.getByRole("button", { name: "Connection", exact: true });
  await connection.filter({ hasText: "Waiting for network" }).waitFor();
  assert.equal(await connection.evaluate((button) => button.scrollHeight <= 44), true);
  await page.context().setOffline(false);
});

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  assert.ok(box);
  return box;
}

/** What is wider than the window, or than the pane that scrolls it. */
function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("html, body *")]
      .filter((element) => {
        const { overflowX } = getComputedStyle(element);
        const isPane = element === document.documentElement || overflowX === "auto";
        return isPane && element.clientWidth > 0 && element.scrollWidth > element.clientWidth;
      })
      .map((element) => `${element.tagName} ${element.className} ${element.scrollWidth}`)
  );
}
