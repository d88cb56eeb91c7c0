import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  choosePassphrase,
  connected,
  createAccount,
  lock,
  message,
  openChat,
  PASSPHRASE,
  revealPhrase,
  send,
  sendForKeeps,
  unlock,
} from "./actions.ts";
import { button, textbox } from "./controls.ts";

/** The words that a field is described by, once they say what is expected. */
async function expectProblem(page: Page, { field, says }: { field: string; says: RegExp }) {
  const described = page.getByRole("textbox", { name: field, exact: true, description: says });
  await described.waitFor();
  assert.equal(await described.getAttribute("aria-invalid"), "true");
  assert.equal(await described.evaluate((element) => element === document.activeElement), true);
}

Deno.test("Welcome shows, without any request, what the server sees of words as they are typed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  const demo = page.getByRole("region", { name: "What the server sees" });
  await demo.getByText("See you at the harbour at six?").waitFor();
  const sealed = demo.getByRole("listitem").nth(1).getByRole("paragraph").first();
  const before = await sealed.textContent();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await demo.getByRole("textbox", { name: "You write" }).fill("Bring the blue rope");
  await demo.getByRole("article").getByText("Bring the blue rope").waitFor();
  const after = await sealed.textContent();
  assert.ok(after!.length > 100 && after !== before && !/rope/.test(after!));
  assert.deepEqual(asked, []);
});

Deno.test("a taken, reserved or malformed handle is told beside the field before anything is made", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });

  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await button(page, "Create account").click();
  const cases: [string, RegExp][] = [
    ["alice", /alice is taken/],
    ["admin", /admin is kept for the server/],
    ["ab", /at least 3/],
    ["a b c", /Only letters a–z/],
    ["-dash", /Begin with a letter/],
  ];
  for (const [typed, says] of cases) {
    await textbox(page, "Handle").fill(typed);
    await button(page, "Continue").click();
    await expectProblem(page, { field: "Handle", says });
  }
  await textbox(page, "Handle").fill("@Bob");
  await page.getByText("bob is free.").waitFor();
  await button(page, "Continue").click();
  await textbox(page, "Repeat passphrase").waitFor();
});

Deno.test("a passphrase that is short, or not the same twice, is told beside its field", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/create");
  await textbox(page, "Handle").fill("alice");
  await button(page, "Continue").click();
  await textbox(page, "Passphrase").fill("short");
  await button(page, "Create account").click();
  await expectProblem(page, { field: "Passphrase", says: /at least 8/ });
  await textbox(page, "Passphrase").fill(PASSPHRASE);
  await textbox(page, "Repeat passphrase").fill("correct horse batteri");
  await button(page, "Create account").click();
  await expectProblem(page, { field: "Repeat passphrase", says: /not the same/ });
});

Deno.test("what a field is told moves no button away from under the thumb", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url, size: "phone" });
  await page.goto("/create");
  await textbox(page, "Handle").fill("alice");
  await button(page, "Continue").click();
  const place = async () => (await button(page, "Create account").boundingBox())!.y;
  const before = await place();
  await textbox(page, "Passphrase").fill("short");
  await button(page, "Create account").click();
  await expectProblem(page, { field: "Passphrase", says: /at least 8/ });
  assert.equal(await place(), before);
  await textbox(page, "Passphrase").fill(PASSPHRASE);
  await button(page, "Create account").click();
  await expectProblem(page, { field: "Repeat passphrase", says: /not the same/ });
  assert.equal(await place(), before);
});

Deno.test("a reload keeps the session; Lock now asks for the passphrase, and a wrong one is told", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  await sendForKeeps(page, "remember me");
  await page.reload();
  await connected(page);
  await message(page, "remember me").waitFor();

  await lock(page);
  // Whatever is still to be closed.
  assert.equal(new URL(page.url()).pathname, "/chats");
  await page.reload();
  await button(page, "Unlock").waitFor();
  assert.equal(await page.getByText("remember me").count(), 0);
  await textbox(page, "Passphrase").fill("wrong horse battery");
  await button(page, "Unlock").click();
  await expectProblem(page, { field: "Passphrase", says: /not the passphrase/ });
  await unlock(page);
  await openChat(page, "Note to self");
  await message(page, "remember me").waitFor();
  await page.reload();
  await connected(page);
});

Deno.test("the phrase is saved by writing it down and typing three words", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  const card = page.getByRole("region", { name: "Save recovery phrase" });
  await card.waitFor();

  await button(page, "Show recovery phrase").click();
  const dialog = page.getByRole("dialog", { name: "Recovery phrase" });
  await dialog.locator("input:focus").waitFor();
  await textbox(page, "Passphrase").fill("wrong horse battery");
  await button(page, "Reveal").click();
  await expectProblem(page, { field: "Passphrase", says: /not the passphrase/ });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  const opener = button(page, "Show recovery phrase");
  assert.equal(await opener.evaluate((element) => element === document.activeElement), true);

  const words = await revealPhrase(page, "Show recovery phrase");
  const items = await dialog.getByRole("listitem").allTextContents();
  assert.deepEqual(items, words.map((word, index) => `${index + 1} ${word}`));

  await button(page, "I have written it down").click();
  const fields = page.getByRole("textbox", { name: /^Word \d+$/ });
  assert.equal(await fields.count(), 3);
  assert.equal(await page.getByText(words.join(" ")).count(), 0);
  const labels = await page.getByText(/^Word \d+$/).allTextContents();
  const positions = labels.map((label) => Number(label.slice("Word ".length)));
  for (const position of positions) {
    await textbox(page, `Word ${position}`).fill(words[position - 1]!);
  }
  await textbox(page, `Word ${positions[1]}`).fill("zebra");
  await button(page, "Confirm").click();
  await expectProblem(page, { field: `Word ${positions[1]}`, says: /not this one/ });
  await textbox(page, `Word ${positions[1]}`).fill(words[positions[1]! - 1]!);
  await button(page, "Confirm").click();
  await card.waitFor({ state: "detached" });

  await page.reload();
  await connected(page);
  assert.equal(await card.count(), 0);
});

Deno.test("Later puts the phrase off until the next start", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  const card = page.getByRole("region", { name: "Save recovery phrase" });
  await button(page, "Later").click();
  await card.waitFor({ state: "detached" });
  await page.reload();
  await card.waitFor();
});

Deno.test("the words hide when the window loses focus, and after a minute", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  const list = page.getByRole("list", { name: "Recovery phrase" });

  await revealPhrase(page, "Show recovery phrase");
  await page.evaluate(() => globalThis.dispatchEvent(new Event("blur")));
  await list.waitFor({ state: "detached" });
  await page.getByText("The words are hidden again.").waitFor();
  await page.keyboard.press("Escape");

  await page.clock.install();
  await revealPhrase(page, "Show recovery phrase");
  await page.clock.fastForward(59_000);
  assert.equal(await list.count(), 1);
  await page.clock.fastForward(2_000);
  await list.waitFor({ state: "detached" });
});

Deno.test("a phrase restores the account on another device, under its handle", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  const words = await revealPhrase(first, "Show recovery phrase");
  await openNotes(first);

  const page = await browser.newPage({ baseUrl: server.url, size: "phone" });
  await page.goto("/");
  await button(page, "Restore account").click();
  const misspelt = words.with(6, "abandn").join(" ");
  await textbox(page, "Recovery phrase").fill(misspelt);
  await button(page, "Continue").click();
  await expectProblem(page, { field: "Recovery phrase", says: /Word 7, 'abandn'/ });
  await textbox(page, "Recovery phrase").fill(words.slice(1).join(" "));
  await button(page, "Continue").click();
  await expectProblem(page, { field: "Recovery phrase", says: /this one has 11/ });

  await textbox(page, "Recovery phrase").fill(`  ${words.join("\n").toUpperCase()} `);
  await button(page, "Continue").click();
  await textbox(page, "Handle").waitFor();
  assert.equal(await textbox(page, "Handle").inputValue(), "alice");
  await button(page, "Continue").click();
  await choosePassphrase(page, { button: "Restore account" });
  assert.equal(await page.getByRole("region", { name: "Save recovery phrase" }).count(), 0);
  await openChat(page, "Note to self");
  await message(page, "from the first device").waitFor();
});

Deno.test("a forgotten passphrase leads to the phrase, and the history stays", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  const words = await revealPhrase(page, "Show recovery phrase");
  await page.keyboard.press("Escape");
  await openChat(page, "Note to self");
  await sendForKeeps(page, "still here");
  await lock(page);
  await button(page, "Forgot passphrase").click();
  await button(page, "Restore by recovery phrase").click();
  await textbox(page, "Recovery phrase").fill(words.join(" "));
  await button(page, "Continue").click();
  await button(page, "Continue").click();
  await choosePassphrase(page, { button: "Restore account" });
  await openChat(page, "Note to self");
  await message(page, "still here").waitFor();
});

Deno.test("erasing a locked device needs a second yes, and leaves nothing", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await lock(page);
  await button(page, "Forgot passphrase").click();
  await button(page, "Erase this device").click();
  await button(page, "Cancel").click();
  await button(page, "Erase this device").click();
  await button(page, "Erase now").click();
  await button(page, "Restore account").waitFor();
  await page.reload();
  await button(page, "Create account").waitFor();
});

Deno.test("signing out warns while the phrase is not saved, and removes the account from the device", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  await button(page, "Sign out of this device").click();
  await page.getByText("You have not saved your recovery phrase.").waitFor();
  await button(page, "Show recovery phrase").click();
  await page.getByRole("dialog", { name: "Recovery phrase" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("You have not saved your recovery phrase.").waitFor();
  await button(page, "Sign out and lose the account").click();
  await button(page, "Create account").waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  const left = await page.evaluate(() => [localStorage.length, sessionStorage.length]);
  assert.deepEqual(left, [0, 0]);
  await page.reload();
  await button(page, "Create account").waitFor();
});

Deno.test("a lost network while creating is told, and the same account is made at the next try", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/create");
  await textbox(page, "Handle").fill("alice");
  await button(page, "Continue").click();
  await textbox(page, "Passphrase").fill(PASSPHRASE);
  await textbox(page, "Repeat passphrase").fill(PASSPHRASE);
  await page.context().setOffline(true);
  await button(page, "Create account").click();
  const problem = page.getByText("No connection to the server.");
  await problem.waitFor();
  assert.equal(await problem.evaluate((element) => element === document.activeElement), true);
  await page.context().setOffline(false);
  await button(page, "Create account").click();
  await button(page, "New chat").waitFor();
});

Deno.test("data that the browser threw away is explained once, with the way back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/v1/healthz");
  const erased = page.evaluate(() =>
    new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase("kez-chat");
      request.onsuccess = () => resolve();
      request.onerror = () => reject(request.error);
    })
  );
  await within(erased, { what: "erased database" });
  await page.goto("/chats");
  await page.getByRole("heading", { name: "This browser erased your data" }).waitFor();
  await inspectScreen(page, "erased");
  await button(page, "Restore account").click();
  await textbox(page, "Recovery phrase").waitFor();
  await page.goto("/");
  await button(page, "Create account").waitFor();
});

Deno.test("a server that is closed says so, and lets people restore", async () => {
  await using server = await startKezChat({ flags: ["--registration", "closed"] });
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await page.getByText("Closed", { exact: true }).waitFor();
  assert.equal(await button(page, "Create account").isDisabled(), true);
  assert.equal(await button(page, "Restore account").isEnabled(), true);
});

async function openNotes(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await openChat(page, "Note to self");
  await send(page, "from the first device");
}
