import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { decodeHex } from "../../protocol/bytes.ts";
import { startBrowser, startProfile } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { addAuthenticator, keepPrf } from "../support/virtual_authenticator.ts";
import {
  connected,
  createAccount,
  lock,
  openChat,
  PASSPHRASE,
  revealPhrase,
  unlock,
} from "./actions.ts";
import { button } from "./controls.ts";

const atStart = (page: Page) => page.getByRole("switch", { name: "Ask for biometrics at start" });
const readers = (page: Page) => page.getByRole("list", { name: "Biometrics" });

/** Waits until Settings are open. */
const opened = (page: Page) => button(page, "Lock now").waitFor();

/** Sets up biometrics in Settings; ends there. */
async function setUp(page: Page): Promise<void> {
  await page.goto(new URL("/settings", page.url()).href);
  await button(page, "Set up biometrics").click();
  await atStart(page).waitFor();
}

Deno.test("biometrics open the account after Lock now and after a reload, beside the passphrase", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  const reader = await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await readers(page).getByText("This device").waitFor();
  assert.equal(await atStart(page).getAttribute("aria-checked"), "true");
  await atStart(page).scrollIntoViewIfNeeded();
  await inspectScreen(page, "settings-biometrics");

  const [credential] = await reader.credentials();
  assert.equal(credential?.isResidentCredential, true);
  const { primary } = await (await fetch(`${server.url}/v1/u/alice`)).json();
  const userId = new Uint8Array(Buffer.from(credential.userHandle!, "base64"));
  assert.deepEqual(userId, decodeHex(primary.slice("ed25519:".length)));

  await lock(page);
  await button(page, "Unlock with biometrics").waitFor();
  await inspectScreen(page, "locked-biometrics");
  await button(page, "Unlock with biometrics").click();
  await connected(page);

  // Every start asks; a press is not needed where the browser allows it.
  await page.reload();
  await connected(page);

  await lock(page);
  await unlock(page);
  await connected(page);
});

Deno.test("whoever is not recognised stays outside, and has the passphrase", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  const reader = await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await reader.setVerified(false);
  await page.reload();
  await button(page, "Unlock with biometrics").click();
  await page.getByText("Nothing was confirmed.").waitFor();
  await unlock(page);
  await opened(page);
});

Deno.test("a phrase asks for the passphrase in a session that biometrics opened", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await page.reload();
  await opened(page);
  await button(page, "Reveal recovery phrase").click();
  const dialog = page.getByRole("dialog", { name: "Recovery phrase" });
  await dialog.getByRole("textbox", { name: "Passphrase" }).waitFor();
  assert.equal(await page.getByRole("list", { name: "Recovery phrase" }).count(), 0);
  await page.keyboard.press("Escape");
  await revealPhrase(page, "Reveal recovery phrase");
});

Deno.test("several are set up and removed; the same one is not set up twice", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  const first = await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await button(page, "Set up biometrics").click();
  await page.getByText("This one is set up already.").waitFor();
  await first.remove();

  await addAuthenticator(page, { transport: "usb" });
  await button(page, "Set up biometrics").click();
  await readers(page).getByText("Security key").waitFor();
  assert.equal(await readers(page).getByRole("listitem").count(), 2);
  await button(page, "Remove This device").click();
  await button(page, "Remove").click();
  await readers(page).getByText("This device").waitFor({ state: "detached" });
  await button(page, "Set up biometrics").and(page.locator(":focus")).waitFor();
  await lock(page);
  await button(page, "Unlock with biometrics").click();
  await connected(page);

  await page.goto("/settings");
  await button(page, "Remove Security key").click();
  await button(page, "Remove").click();
  await atStart(page).waitFor({ state: "detached" });
  // The device opens by itself again.
  await page.reload();
  await opened(page);
  await lock(page);
  assert.equal(await button(page, "Unlock with biometrics").count(), 0);
});

Deno.test("the switch decides whether a start asks", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  const reader = await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await atStart(page).click();
  await page.getByRole("switch", { name: "Ask for biometrics at start", checked: false }).waitFor();
  await reader.setVerified(false);
  await page.goto("/chats");
  await connected(page);
});

Deno.test("where there is no secret to be had the reason is told", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await addAuthenticator(page, { hasPrf: false });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  await button(page, "Set up biometrics").click();
  await page.getByText("it cannot keep a secret that opens your messages").waitFor();
  assert.equal(await readers(page).count(), 0);

  await page.addInitScript("delete window.PublicKeyCredential");
  await page.reload();
  await page.getByText("This browser cannot open messages by fingerprint or face").waitFor();
  assert.equal(await button(page, "Set up biometrics").count(), 0);
});

Deno.test("biometrics open the account after the browser was closed; another secret does not", async () => {
  await using server = await startKezChat();
  const dir = await Deno.makeTempDir({ prefix: "kez-chat-profile-" });
  const baseUrl = server.url;
  let [credential] = [] as Awaited<ReturnType<typeof firstLife>>;

  async function firstLife() {
    await using profile = await startProfile(dir, { baseUrl });
    const { page } = profile;
    const reader = await addAuthenticator(page);
    await keepPrf(page, 7);
    await createAccount(page, { url: baseUrl, handle: "alice" });
    await setUp(page);
    return await reader.credentials();
  }

  async function nextLife(seed: number, then: (page: Page) => Promise<void>) {
    await using profile = await startProfile(dir, { baseUrl });
    const { page } = profile;
    const reader = await addAuthenticator(page);
    await reader.addCredential(credential!);
    await keepPrf(page, seed);
    await page.goto(baseUrl);
    await then(page);
  }

  try {
    [credential] = await firstLife();
    await nextLife(8, async (page) => {
      await page.getByText("This does not open the account here.").waitFor();
      await button(page, "Unlock with biometrics").click();
      await page.getByText("This does not open the account here.").waitFor();
      await unlock(page, PASSPHRASE);
      await connected(page);
    });
    await nextLife(7, async (page) => {
      await connected(page);
      await openChat(page, "Note to self");
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("whoever types the passphrase need not answer the question first", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  const reader = await addAuthenticator(page);
  await createAccount(page, { url: server.url, handle: "alice" });
  await setUp(page);
  await reader.setPresent(false);
  await page.reload();
  await page.getByText("Waiting for you to confirm").waitFor();
  await unlock(page, "wrong horse battery");
  await page.getByText("This is not the passphrase.").waitFor();
  await button(page, "Unlock with biometrics").click();
  await page.getByText("Waiting for you to confirm").waitFor();
  await unlock(page);
  await opened(page);
});
