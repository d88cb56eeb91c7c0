import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { TestBrowser } from "../support/browser.ts";
import { within } from "../support/within.ts";

/** What a person does in the app, by the names of specification page 7. */

export const PASSPHRASE = "correct horse battery";

/** Said above the composer while the own server is away. */
export const SERVER_AWAY =
  "Your server does not answer. Write on: each message leaves as soon as it can.";

/** Opens the app and creates an account through the screens; ends on the chats. */
export async function createAccount(
  page: Page,
  { url, handle }: { url: string; handle: string },
): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("textbox", { name: "Handle" }).fill(handle);
  await page.getByRole("button", { name: "Continue" }).click();
  await choosePassphrase(page, { button: "Create account" });
}

/** People who have an account each, in a browser of their own; by their handles. They sign up beside each other. */
export async function createPeople<Handle extends string>(
  { server, browser }: { server: { url: string }; browser: TestBrowser },
  handles: Handle[],
): Promise<Record<Handle, Page>> {
  const pages = await Promise.all(handles.map(async (handle) => {
    const page = await browser.newPage({ baseUrl: server.url });
    await createAccount(page, { url: server.url, handle });
    return [handle, page] as const;
  }));
  return Object.fromEntries(pages) as Record<Handle, Page>;
}

/** Answers the passphrase question of Create and Restore; ends on the chats. */
export async function choosePassphrase(page: Page, { button }: { button: string }): Promise<void> {
  await page.getByRole("textbox", { name: "Passphrase", exact: true }).fill(PASSPHRASE);
  await page.getByRole("textbox", { name: "Repeat passphrase" }).fill(PASSPHRASE);
  await page.getByRole("button", { name: button }).click();
  await page.getByRole("button", { name: "New chat" }).waitFor();
  await connected(page);
}

/** Waits until the app says that it is connected. */
export async function connected(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Connection" }).filter({ hasText: "Connected" }).waitFor();
}

/** Waits until the app is kept on the device, and this page is answered from there. */
export async function kept(page: Page): Promise<void> {
  const controlled = page.evaluate(async () => {
    const { serviceWorker } = navigator;
    if (serviceWorker.controller) return;
    await new Promise((resolve) => serviceWorker.addEventListener("controllerchange", resolve));
  });
  await within(controlled, { what: "service worker" });
}

/** Unlocks a locked app; ends on the chats. */
export async function unlock(page: Page, passphrase = PASSPHRASE): Promise<void> {
  await page.getByRole("textbox", { name: "Passphrase" }).fill(passphrase);
  await page.getByRole("button", { name: "Unlock", exact: true }).click();
}

/** Locks the app through Settings. */
export async function lock(page: Page): Promise<void> {
  await page.goto(new URL("/settings", page.url()).href);
  await page.getByRole("button", { name: "Lock now" }).click();
  await page.getByRole("button", { name: "Unlock", exact: true }).waitFor();
}

/** The twelve words, read from the dialog that the current page offers a button for. */
export async function revealPhrase(page: Page, button: string): Promise<string[]> {
  await page.getByRole("button", { name: button }).click();
  const dialog = page.getByRole("dialog", { name: "Recovery phrase" });
  await dialog.getByRole("textbox", { name: "Passphrase" }).fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Reveal" }).click();
  const items = dialog.getByRole("list", { name: "Recovery phrase" }).getByRole("listitem");
  await items.nth(11).waitFor();
  const words = (await items.allInnerTexts()).map((text) => text.replace(/[^a-z]/g, ""));
  assert.equal(words.length, 12);
  return words;
}

/** Starts a chat by typing a handle into the dialog; ends in the thread. */
export async function startChat(page: Page, handle: string): Promise<void> {
  await page.getByRole("button", { name: "New chat" }).click();
  const dialog = page.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("textbox", { name: "Handle" }).fill(handle);
  await dialog.getByRole("button", { name: "Start chat" }).click();
  await page.getByRole("log", { name: `Messages with ${handle}` }).waitFor();
}

/** Opens a conversation from the list. */
export async function openChat(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name }).click();
  await page.getByRole("log", { name: `Messages with ${name}` }).waitFor();
}

/** Takes up a message request: opens it and accepts. */
export async function acceptRequest(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByRole("textbox", { name: "Message" }).waitFor();
}

/** Types and sends a message in the open thread. */
export async function send(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
  await message(page, text).waitFor();
}

/**
 * Sends a message, and waits until it is on disk, which the list beside the thread shows: no reload loses it then, and its time
 * to fail has begun.
 */
export async function sendForKeeps(page: Page, text: string): Promise<void> {
  await send(page, text);
  await page.getByRole("navigation", { name: "Conversations" }).getByText(text).waitFor();
}

/** The bubble with a text. */
export function message(page: Page, text: string): Locator {
  return page.getByRole("log").getByRole("article").filter({ hasText: text });
}

/** Waits until a message carries a status; one that was read meanwhile was delivered as well. */
export async function expectStatus(
  page: Page,
  { text, status }: { text: string; status: string },
): Promise<void> {
  const name = status === "Delivered" ? /^(Delivered|Read)$/ : status;
  await message(page, text).getByRole("img", { name, exact: true }).waitFor();
}

/** The texts of the open thread, each exactly as often as it is shown. */
export async function countMessages(page: Page, text: string): Promise<number> {
  return await message(page, text).count();
}

/** Alice and Bob, accepted by each other, in each other's threads. */
export async function introduce(
  { server, browser }: { server: { url: string }; browser: TestBrowser },
): Promise<{ alice: Page; bob: Page }> {
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await Promise.all([startChat(alice, "bob"), startChat(bob, "alice")]);
  await send(alice, "ping");
  await message(bob, "ping").waitFor();
  await expectStatus(alice, { text: "ping", status: "Delivered" });
  return { alice, bob };
}

/** After a reload the app may show the thread again or the list. */
export async function openThreadAgain(page: Page, name: string): Promise<void> {
  const log = page.getByRole("log", { name: `Messages with ${name}` });
  const link = page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name });
  await log.or(link).first().waitFor();
  if (!(await log.isVisible())) await openChat(page, name);
}
