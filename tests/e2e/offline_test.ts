import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { openClientFolder } from "../support/client_build.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  acceptRequest,
  connected,
  createAccount,
  expectStatus,
  message,
  openChat,
  send,
  startChat,
} from "./actions.ts";

const NO_NETWORK = "No network. Messages will leave when it returns.";
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** Waits until the app is kept on the device, and this page is answered from there. */
async function kept(page: Page): Promise<void> {
  const controlled = page.evaluate(async () => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller) return;
    await new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve));
  });
  await within(controlled, { what: "service worker" });
}

Deno.test("without a network the app opens with its history, composes, and sends once it is back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const alice = await browser.newPage({ baseUrl: server.url });
  const bob = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  await createAccount(bob, { url: server.url, handle: "bob" });
  await startChat(alice, "bob");
  await send(alice, "before the storm");
  await acceptRequest(bob, "alice");
  await expectStatus(alice, { text: "before the storm", status: "Delivered" });
  await kept(alice);

  await alice.context().setOffline(true);
  await alice.reload();
  await message(alice, "before the storm").waitFor();
  await alice.getByText(NO_NETWORK).waitFor();
  await send(alice, "from the eye of it");
  await expectStatus(alice, { text: "from the eye of it", status: "Sending" });
  await alice.goto("/settings");
  await button(alice, "Lock now").waitFor();
  await alice.goto("/");
  await openChat(alice, "bob");
  await expectStatus(alice, { text: "from the eye of it", status: "Sending" });

  await alice.context().setOffline(false);
  await expectStatus(alice, { text: "from the eye of it", status: "Delivered" });
  await message(bob, "from the eye of it").waitFor();
  assert.equal(await alice.getByText(NO_NETWORK).count(), 0);
});

const RENAMED = { path: "client/text/en/settings.ts", from: "This device", to: "This machine" };

Deno.test("a newer version announces itself in every tab, waits for Reload, and then all tabs have it", async () => {
  await using client = await openClientFolder();
  await client.build();
  await using server = await startKezChat({ flags: ["--web-dir", client.dir] });
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await kept(page);
  const second = await page.context().newPage();
  await second.goto("/nowhere");
  const announced = (tab: Page) => tab.getByRole("status").filter({ hasText: "New version" });
  assert.equal(await announced(page).count(), 0);

  await client.build([RENAMED]);
  await server.restart();
  await connected(page);
  await announced(page).waitFor();
  await announced(second).waitFor();
  // The old version goes on, pages that were never opened included.
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "This device" }).waitFor();
  const old = await entryOf(page);
  await second.reload();
  await announced(second).waitFor();
  assert.equal(await entryOf(second), old);

  const reloaded = [page, second].map((tab) => tab.waitForEvent("load"));
  await button(page, "Reload").click();
  await Promise.all(reloaded);
  assert.notEqual(await entryOf(page), old);
  assert.equal(await entryOf(second), await entryOf(page));
  await second.close();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("heading", { name: "This machine" }).waitFor();
  assert.equal(await announced(page).count(), 0);
});

/** Names the build that a page is of. */
function entryOf(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLScriptElement>("script[src]")!.src);
}
