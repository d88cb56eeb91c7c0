import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { addAuthenticator } from "../support/virtual_authenticator.ts";
import { startKezChat } from "../support/server.ts";
import { connected, createAccount, lock, PASSPHRASE, revealPhrase, unlock } from "./actions.ts";
import { button, textbox } from "./controls.ts";

const NEXT = "staple harbour lantern";

async function fillNext(page: Page): Promise<void> {
  await textbox(page, "New passphrase").fill(NEXT);
  await textbox(page, "Repeat passphrase").fill(NEXT);
}

Deno.test("the passphrase is changed in Settings, and the old one is asked for", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  await button(page, "Change passphrase").click();
  const dialog = page.getByRole("dialog", { name: "Change passphrase" });
  await inspectScreen(page, "change-passphrase");
  await textbox(page, "Current passphrase").fill("wrong horse battery");
  await fillNext(page);
  await dialog.getByRole("button", { name: "Change passphrase" }).click();
  const current = page.getByRole("textbox", {
    name: "Current passphrase",
    description: /not the passphrase/,
  });
  await current.waitFor();
  assert.equal(await current.evaluate((field) => field === document.activeElement), true);
  await current.fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Change passphrase" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Unlocking" }).getByText("Passphrase changed.").waitFor();
  const opener = button(page, "Change passphrase");
  assert.equal(await opener.evaluate((element) => element === document.activeElement), true);

  // The device's session goes on; the lock asks for the new one.
  await page.reload();
  await lock(page);
  await unlock(page, PASSPHRASE);
  await page.getByText("This is not the passphrase.").waitFor();
  await unlock(page, NEXT);
  await connected(page);
});

Deno.test("who forgot the passphrase sets a new one while unlocked, and the phrase stays hidden", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  await button(page, "Change passphrase").click();
  await button(page, "Forgot passphrase").click();
  const dialog = page.getByRole("dialog", { name: "Set new passphrase" });
  await dialog.getByText("Your recovery phrase stays hidden").waitFor();
  await inspectScreen(page, "set-new-passphrase");
  await fillNext(page);
  await dialog.getByRole("button", { name: "Set new passphrase" }).click();
  await dialog.waitFor({ state: "detached" });

  await button(page, "Reveal recovery phrase").click();
  await page.getByText("still asks for the old one").waitFor();
  await page.keyboard.press("Escape");
  // It was only put out of mind.
  await revealPhrase(page, "Reveal recovery phrase");
  await page.keyboard.press("Escape");
  await lock(page);
  await unlock(page, NEXT);
  await connected(page);
});

Deno.test("wrong passphrases slow down, also over a reload", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await lock(page);
  // However long a try takes here.
  const nowMs = Date.now();
  await page.clock.setFixedTime(nowMs);
  const problem = (says: RegExp) =>
    page.getByRole("textbox", { name: "Passphrase", description: says }).waitFor();
  await unlock(page, "wrong horse battery");
  await problem(/not the passphrase\. Try again/);
  await unlock(page, "wrong house battery");
  await problem(/not the passphrase\. Try again/);
  await unlock(page, "wrong mouse battery");
  await problem(/You can try again in 5 seconds/);
  await page.reload();
  await unlock(page, PASSPHRASE);
  await problem(/Too many tries\. Try again in 5 seconds/);
  await inspectScreen(page, "locked-wait");
  await page.clock.setFixedTime(nowMs + 3_000);
  await problem(/Too many tries\. Try again in 2 seconds/);
  await page.clock.setFixedTime(nowMs + 5_000);
  await problem(/You can try again now/);
  await unlock(page, PASSPHRASE);
  await connected(page);
});

Deno.test("an account locks itself after a time without use", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  const choice = page.getByRole("combobox", { name: "Lock by itself" });
  await choice.selectOption("After 5 minutes");
  await choice.scrollIntoViewIfNeeded();
  await inspectScreen(page, "settings-auto-lock");
  await page.clock.install();
  await page.reload();
  assert.equal(await choice.evaluate((select) => (select as HTMLSelectElement).value), "300");
  await page.clock.fastForward(4 * 60_000);
  await page.mouse.click(5, 5);
  await page.clock.fastForward(4 * 60_000);
  assert.equal(await button(page, "Lock now").count(), 1);
  await page.clock.fastForward(60_000);
  await button(page, "Unlock").waitFor();
  await unlock(page);
  await button(page, "Lock now").waitFor();
});

Deno.test("in a second tab the passphrase is changed and biometrics are set up as in the first", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  const page = await first.context().newPage();
  await addAuthenticator(page);
  await page.goto("/settings");
  await button(page, "Change passphrase").click();
  await textbox(page, "Current passphrase").fill(PASSPHRASE);
  await fillNext(page);
  const dialog = page.getByRole("dialog", { name: "Change passphrase" });
  await dialog.getByRole("button", { name: "Change passphrase" }).click();
  await dialog.waitFor({ state: "detached" });
  await button(page, "Set up biometrics").click();
  await page.getByRole("switch", { name: "Ask for biometrics at start" }).waitFor();

  await button(page, "Lock now").click();
  await button(first, "Unlock").waitFor();
  await button(page, "Unlock with biometrics").click();
  await connected(page);
  await connected(first);
  await lock(first);
  await unlock(first, NEXT);
  await connected(first);
});
