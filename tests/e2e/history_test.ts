import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { type Size, startBrowser, type TestBrowser } from "../support/browser.ts";
import { BACKUP_PASSPHRASE, type HistoryPart } from "../support/history_file.ts";
import { chooseBackup, importHistory } from "../support/import_history.ts";
import { inspectScreen } from "../support/screens.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import {
  choosePassphrase,
  createAccount,
  message,
  openChat,
  PASSPHRASE,
  revealPhrase,
  send,
} from "./actions.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const log = (page: Page) => page.getByRole("log");
const searchbox = (page: Page) => page.getByRole("searchbox", { name: "Search" });
const hits = (page: Page) => page.getByRole("region", { name: "Messages" }).getByRole("link");

Deno.test("a thread of thousands opens at its end, keeps its place while older ones load, and stays small", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 3_000)]);
  await openChat(page, "bob");
  await message(page, "number 3000.").waitFor();
  assert.equal(await isInSight(page, "number 3000."), true);
  await message(page, "number 2960.").scrollIntoViewIfNeeded();
  for (let step = 0; step < 60; step++) await scrollBy(page, -900);
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
  assert.ok(await log(page).getByRole("article").count() <= 320);

  const [shown] = await namesInSight(page);
  const before = await topOf(page, shown!);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  assert.ok(Math.abs(await topOf(page, shown!) - before) <= 1);

  await page.getByRole("button", { name: "Jump to latest" }).click();
  await message(page, "number 3000.").waitFor();
  assert.equal(await isInSight(page, "number 3000."), true);
  await page.getByRole("textbox", { name: "Message" }).fill("one\ntwo\nthree\nfour\nfive");
  assert.equal(await isInSight(page, "number 3000."), true);
  await page.getByRole("textbox", { name: "Message" }).fill("");
  await log(page).focus();
  for (let press = 0; press < 4; press++) await page.keyboard.press("PageUp");
  await page.getByRole("button", { name: "Jump to latest" }).waitFor();
});

Deno.test("no message is missed or doubled on the way up and down again", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 700)]);
  await openChat(page, "bob");
  const up = await collect(page, -1_200, (seen) => seen.has(1));
  assert.deepEqual([...up].sort((a, b) => a - b), Array.from({ length: 700 }, (_, i) => i + 1));
  assert.equal(await message(page, "number 700.").count(), 0);
  const down = await collect(page, 1_200, (seen) => seen.has(700));
  assert.ok(Array.from({ length: 600 }, (_, i) => i + 50).every((each) => down.has(each)));
});

Deno.test("from a message that was looked for one reads on to either end", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 300)]);
  await page.goto("/chats");
  await searchbox(page).fill("number 150.");
  await hits(page).click();
  await message(page, "number 150.").waitFor();
  const down = await collect(page, 1_200, (seen) => seen.has(300));
  assert.ok([150, 200, 250, 300].every((each) => down.has(each)));
  await hits(page).click();
  await message(page, "number 150.").waitFor();
  const up = await collect(page, -1_200, (seen) => seen.has(1));
  assert.ok([1, 50, 100, 150].every((each) => up.has(each)));
});

Deno.test("search finds people and messages of any age, marks the words, and leads to the message", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const treasure = (number: number) =>
    number === 40 ? "The treasure is under the Café" : `line ${number}`;
  const page = await aliceWith({ server, browser }, [
    { handle: "bob", messages: 900, text: treasure },
    { handle: "treasurer", messages: 3 },
  ]);
  await page.goto("/chats");
  await searchbox(page).waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("treasure");
  const people = page.getByRole("navigation", { name: "Conversations" });
  await people.getByRole("link", { name: "treasurer" }).waitFor();
  await hits(page).filter({ hasText: "The treasure is under the Café" }).waitFor();
  assert.deepEqual(await hits(page).locator("mark").allInnerTexts(), ["treasure"]);
  await inspectScreen(page, "search");

  await searchbox(page).fill("cafe TREASURE");
  await page.getByRole("status").filter({ hasText: "1 message" }).waitFor();
  await hits(page).click();
  await message(page, "The treasure").waitFor();
  assert.equal(await isInSight(page, "The treasure"), true);
  await page.getByRole("button", { name: "Jump to latest" }).click();
  await message(page, "line 900").waitFor();

  await send(page, "another treasure of a cafe");
  await page.getByRole("status").filter({ hasText: "2 messages" }).waitFor();
  await hits(page).filter({ hasText: "under the Café" }).click();
  await message(page, "The treasure").waitFor();
  assert.equal(await isInSight(page, "The treasure"), true);

  await searchbox(page).fill("nothing like it");
  await page.getByText("Nothing with 'nothing like it'.").waitFor();
  await inspectScreen(page, "search-nothing");
  await page.keyboard.press("Escape");
  await people.getByRole("link", { name: "bob" }).waitFor();
});

Deno.test("on a phone a search is still there when one comes back from what it found", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 300)], "phone");
  await page.goto("/chats");
  await searchbox(page).fill("number 117.");
  await hits(page).click();
  await message(page, "number 117.").waitFor();
  assert.equal(await isInSight(page, "number 117."), true);
  await page.goBack();
  await hits(page).waitFor();
  assert.equal(await searchbox(page).inputValue(), "number 117.");
});

Deno.test("Search among the contact details looks through that chat alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 20), numbered("carol", 20)]);
  await openChat(page, "bob");
  await page.getByRole("button", { name: "Contact details" }).click();
  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.keyboard.type("number 17.");
  await page.getByRole("status").filter({ hasText: "1 message" }).waitFor();
  await page.getByRole("button", { name: "Search in all chats" }).click();
  await page.getByRole("status").filter({ hasText: "2 messages" }).waitFor();
});

Deno.test("a backup brings everything to another device, and says what is wrong with a bad one", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await aliceWith({ server, browser }, [numbered("bob", 500)]);
  await page.goto("/settings");
  const phrase = await revealPhrase(page, "Reveal recovery phrase");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Export backup" }).click();
  await inspectScreen(page, "backup-export");
  await page.getByRole("textbox", { name: "Passphrase", exact: true }).fill(BACKUP_PASSPHRASE);
  await page.getByRole("textbox", { name: "Repeat passphrase" }).fill(BACKUP_PASSPHRASE);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export", exact: true }).click();
  const download = await downloading;
  assert.match(download.suggestedFilename(), /^kez-chat-alice-\d{4}-\d\d-\d\d\.backup$/);
  const bytes = await Deno.readFile(await download.path());
  assert.equal(new TextDecoder("latin1").decode(bytes).includes("number 17."), false);
  await page.getByText("The backup is in your downloads.").waitFor();
  await page.getByRole("button", { name: "Done" }).click();

  const other = await browser.newPage({ baseUrl: server.url });
  await other.goto("/restore");
  await other.getByRole("textbox", { name: "Recovery phrase" }).fill(phrase.join(" "));
  await other.getByRole("button", { name: "Continue" }).click();
  await other.getByRole("textbox", { name: "Handle" }).waitFor();
  await other.getByRole("button", { name: "Continue" }).click();
  await choosePassphrase(other, { button: "Restore account" });
  await other.goto("/settings");
  await chooseBackup(other, { name: "alice.backup", bytes });
  const field = other.getByRole("textbox", { name: "Passphrase" });
  await inspectScreen(other, "backup-import");
  await field.fill(PASSPHRASE);
  await field.press("Enter");
  await other.getByRole("textbox", { description: /This passphrase does not open/ }).waitFor();
  await field.fill(BACKUP_PASSPHRASE);
  await field.press("Enter");
  // The chat itself may have come from the first device meanwhile.
  await other.getByText(/^500 messages (and 1 chat )?came back\.$/).waitFor();
  await other.getByRole("button", { name: "Done" }).click();
  await other.getByText("500 messages in 1 chat").waitFor();

  await tryFile(other, bytes.slice(0, -1), "This file is damaged.");
  await tryFile(other, bytes, "Everything in this file was here already.");
  await other.goto("/chats");
  await openChat(other, "bob");
  await message(other, "number 500.").waitFor();

  const carol = await browser.newPage({ baseUrl: server.url });
  await createAccount(carol, { url: server.url, handle: "carol" });
  await carol.goto("/settings");
  await tryFile(carol, bytes, "This file belongs to another account.");
  await tryFile(carol, new TextEncoder().encode("a letter"), "This file is not a backup");
});

Deno.test("Storage says what is kept here, and removes what is old after it has said what goes", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasServiceWorker: false, optimizesScripts: true });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  const { url } = server;
  const old = [numbered("bob", 150), numbered("carol", 10)];
  await importHistory(page, { url, handle: "alice", parts: old, endMs: Date.now() - 400 * DAY_MS });
  await importHistory(page, { url, handle: "alice", parts: [numbered("dora", 20)] });
  await page.getByText("180 messages in 3 chats").waitFor();
  await page.getByText("Largest chats").click();
  await page.getByRole("listitem").filter({ hasText: "bob" }).filter({ hasText: "150 messages" })
    .waitFor();
  await inspectScreen(page, "settings-storage");
  await page.getByRole("button", { name: "Delete old messages" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete old messages" });
  await dialog.getByText(/^160 messages from before .* will be removed/).waitFor();
  await inspectScreen(page, "clean-up");
  await dialog.getByRole("button", { name: "Delete 160 messages" }).click();
  await dialog.getByText("160 messages deleted.").waitFor();
  await dialog.getByRole("button", { name: "Done" }).click();
  await page.getByText("20 messages in 1 chat").waitFor();
  await page.getByRole("button", { name: "Delete old messages" }).click();
  await dialog.getByText("There are no messages as old as that.").waitFor();
  await page.keyboard.press("Escape");
  await page.goto("/chats");
  await openChat(page, "dora");
  await message(page, "number 20.").waitFor();
});

function numbered(handle: string, messages: number): HistoryPart {
  return { handle, messages, text: (number) => `This is number ${number}.` };
}

/** Alice in Settings, with a history. */
async function aliceWith(
  { server, browser }: { server: KezChat; browser: TestBrowser },
  parts: HistoryPart[],
  size: Size = "desktop",
): Promise<Page> {
  const page = await browser.newPage({ baseUrl: server.url, size });
  await createAccount(page, { url: server.url, handle: "alice" });
  await importHistory(page, { url: server.url, handle: "alice", parts });
  if (size === "phone") await page.goto("/chats");
  else await page.getByRole("button", { name: "Back to chats" }).click();
  return page;
}

async function tryFile(page: Page, bytes: Uint8Array, says: string): Promise<void> {
  await chooseBackup(page, { name: "file", bytes });
  await page.getByRole("textbox", { name: "Passphrase" }).fill(BACKUP_PASSPHRASE);
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText(says).waitFor();
  await page.keyboard.press("Escape");
}

async function scrollBy(page: Page, px: number): Promise<void> {
  await log(page).evaluate(async (element, by) => {
    element.scrollTop += by;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, px);
}

/** Scrolls until all of what is wanted was in the thread, and gives the numbers of every message that was. */
async function collect(
  page: Page,
  stepPx: number,
  isEnough: (seen: Set<number>) => boolean,
): Promise<Set<number>> {
  const seen = new Set<number>();
  for (let step = 0; step < 400 && !isEnough(seen); step++) {
    const texts = await log(page).getByRole("article").allInnerTexts();
    const numbers = texts.map((text) => Number(/number (\d+)\./.exec(text)?.[1]));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b));
    assert.equal(new Set(numbers).size, numbers.length);
    assert.equal(numbers.at(-1)! - numbers[0]! + 1, numbers.length);
    for (const number of numbers) seen.add(number);
    await scrollBy(page, stepPx);
  }
  return seen;
}

async function namesInSight(page: Page): Promise<string[]> {
  return await log(page).evaluate((frame) => {
    const { top, bottom } = frame.getBoundingClientRect();
    return [...frame.querySelectorAll("article")].filter((each) => {
      const box = each.getBoundingClientRect();
      return box.top >= top && box.bottom <= bottom;
    }).map((each) => /number \d+\./.exec(each.textContent ?? "")![0]);
  });
}

async function topOf(page: Page, text: string): Promise<number> {
  return (await message(page, text).boundingBox())!.y;
}

function isInSight(page: Page, text: string): Promise<boolean> {
  return message(page, text).first().evaluate((element) => {
    const frame = element.closest("[role=log]")!.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= frame.top - 1 && bottom <= frame.bottom + 1;
  });
}
