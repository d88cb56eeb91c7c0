import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  connected,
  countMessages,
  createAccount,
  expectStatus,
  introduce,
  message,
  openChat,
  openThreadAgain,
  send,
  startChat,
} from "./actions.ts";

const list = (page: Page) => page.getByRole("navigation", { name: "Conversations" });
const row = (page: Page, name: string) => list(page).getByRole("link", { name, exact: true });

/** Chooses from the menu of a conversation's row, as somebody does who has no mouse. */
async function choose(page: Page, name: string, wanted: string): Promise<void> {
  await list(page).getByRole("button", { name: `Chat options of ${name}` }).press("Enter");
  await item(page, wanted).click();
}

function item(page: Page, name: string): Locator {
  return page.getByRole("menuitem", { name, exact: true });
}

Deno.test("chats are pinned, muted, archived and marked as unread, by the row's menu alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const carol = await browser.newPage({ baseUrl: server.url });
  await createAccount(carol, { url: server.url, handle: "carol" });
  await startChat(alice, "carol");
  // The list alone, so that a phone shows it too.
  await alice.keyboard.press("Escape");
  await alice.getByText("Choose a conversation").waitFor();

  await choose(alice, "bob", "Pin");
  await list(alice).getByRole("link").nth(1).and(row(alice, "bob")).waitFor();
  await list(alice).getByRole("button", { name: "Chat options of bob" }).press("Enter");
  await inspectScreen(alice, "chat-menu");
  await alice.keyboard.press("Escape");
  await item(alice, "Unpin").waitFor({ state: "detached" });
  await list(alice).getByRole("button", { name: "Chat options of bob" }).and(
    alice.locator(":focus"),
  ).waitFor();

  await choose(alice, "bob", "Mute");
  await choose(alice, "bob", "Mark as unread");
  await list(alice).getByRole("link", { description: "Marked as unread, Muted, Pinned" }).waitFor();
  await inspectScreen(alice, "chats-marked");

  await choose(alice, "bob", "Archive");
  await row(alice, "bob").waitFor({ state: "detached" });
  await send(bob, "are you there");
  await alice.getByRole("button", { name: "Archived" }).press("Enter");
  await list(alice).getByRole("link", { name: "bob", description: /1 unread/ }).waitFor();
  await inspectScreen(alice, "chats-archive");
  await choose(alice, "bob", "Unmute");
  await send(bob, "hello?");
  await alice.getByText("The archive is empty.").waitFor();
  await alice.getByRole("button", { name: "Back to chats" }).first().click();
  await row(alice, "bob").waitFor();
});

Deno.test("an unsent message is a draft in the list, and is there again after a reload", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  await alice.getByRole("textbox", { name: "Message" }).fill("I was about to");
  await openChat(alice, "Note to self");
  await row(alice, "bob").filter({ hasText: "Draft: I was about to" }).waitFor();
  await alice.reload();
  await connected(alice);
  await row(alice, "bob").filter({ hasText: "Draft: I was about to" }).waitFor();
  await openThreadAgain(alice, "bob");
  const composer = alice.getByRole("textbox", { name: "Message" });
  await composer.and(alice.getByText("I was about to")).or(composer).waitFor();
  await send(alice, `${await composer.inputValue()} say this`);
  await message(alice, "I was about to say this").waitFor();
  await openChat(alice, "Note to self");
  await row(alice, "bob").filter({ hasNotText: "Draft:" }).waitFor();
});

Deno.test("what is sent stays a draft until it is on disk: a page that goes before leaves the words to the next one", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  await alice.getByRole("textbox", { name: "Message" }).fill("Never say never");
  await openChat(alice, "Note to self");
  await row(alice, "bob").filter({ hasText: "Draft: Never say never" }).waitFor();
  await openChat(alice, "bob");
  const untilAsked = await occupyOutbox(alice);
  await alice.getByRole("button", { name: "Send" }).click();
  await message(alice, "Never say never").waitFor();
  await untilAsked();
  await alice.reload();
  await connected(alice);
  await openThreadAgain(alice, "bob");
  assert.equal(
    await alice.getByRole("textbox", { name: "Message" }).inputValue(),
    "Never say never",
  );
  assert.equal(await countMessages(alice, "Never say never"), 0);
});

Deno.test("a message is Read once its reader has looked, and who types is seen to type", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await send(bob, "pong");
  await message(alice, "pong").waitFor();
  await openChat(bob, "Note to self");
  await send(alice, "have you seen this");
  await expectStatus(alice, { text: "have you seen this", status: "Delivered" });
  await list(bob).getByRole("link", { name: "alice", description: /1 unread/ }).waitFor();

  await alice.getByRole("textbox", { name: "Message" }).pressSequentially("and th");
  await row(bob, "alice").filter({ hasText: "is typing" }).waitFor();
  await openChat(bob, "alice");
  await expectStatus(alice, { text: "have you seen this", status: "Read" });
  await bob.getByRole("log").getByText("alice is typing").waitFor({ state: "detached" });
  await alice.getByRole("textbox", { name: "Message" }).fill("and this");
  await bob.getByRole("log").getByText("alice is typing").waitFor();
  await inspectScreen(bob, "thread-typing");
  await alice.getByRole("button", { name: "Send" }).click();
  await message(bob, "and this").waitFor();
  await bob.getByRole("log").getByText("alice is typing").waitFor({ state: "detached" });
  await inspectScreen(alice, "thread-read");
});

Deno.test("messages disappear on both sides after the time that one of them has chosen", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await alice.getByRole("button", { name: "Chat options", exact: true }).click();
  await item(alice, "Disappearing messages").waitFor();
  await inspectScreen(alice, "chat-options");
  await item(alice, "Disappearing messages").click();
  const dialog = alice.getByRole("dialog", { name: "Disappearing messages" });
  await dialog.getByRole("radio", { name: "Another time" }).check();
  await dialog.getByRole("spinbutton", { name: "How many" }).fill("2");
  await dialog.getByRole("combobox", { name: "Of what" }).selectOption("Seconds");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.getByText("Between 5 seconds").waitFor();
  await inspectScreen(alice, "timer-dialog");
  await dialog.getByRole("spinbutton", { name: "How many" }).fill("20");
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "detached" });
  await alice.getByText(
    "New messages disappear after 20 seconds. bob learns of it with your next message.",
  ).waitFor();

  await send(alice, "gone in a moment");
  await bob.getByText("alice set messages to disappear after 20 seconds.").waitFor();
  await message(bob, "gone in a moment").getByRole("img", { name: /Disappears/ }).waitFor();
  await inspectScreen(bob, "thread-timer");
  for (const page of [alice, bob]) {
    await message(page, "gone in a moment").waitFor({ state: "detached", timeout: 60_000 });
    await message(page, "ping").waitFor();
  }
  await row(bob, "alice").filter({ hasText: "ping" }).waitFor();
  // What they answer has the same time, without their choosing.
  await send(bob, "likewise");
  await message(alice, "likewise").getByRole("img", { name: /Disappears/ }).waitFor();
});

Deno.test("a device whose clock is wrong is told before it writes", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.clock.install({ time: Date.now() - 7 * 60_000 });
  await page.clock.resume();
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  await page.getByText(/The clock of this device is 7 minutes behind/).waitFor();
  await inspectScreen(page, "thread-clock");
});

Deno.test("what contacts may see is chosen under Privacy, and holds", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  const receipts = page.getByRole("switch", { name: "Read receipts" });
  await page.getByRole("switch", { name: "Read receipts", checked: true }).waitFor();
  await page.getByRole("switch", { name: "Typing", checked: true }).waitFor();
  await receipts.press("Space");
  await page.getByRole("switch", { name: "Read receipts", checked: false }).waitFor();
  await inspectScreen(page, "settings-privacy");
  await page.reload();
  await page.getByRole("switch", { name: "Read receipts", checked: false }).waitFor();
});

/**
 * Keeps what is to be sent from the disk, until the page goes: it waits behind a transaction that does not end.
 *
 * @returns what waits until something does
 */
async function occupyOutbox(page: Page): Promise<() => Promise<void>> {
  const handle = await page.evaluateHandle(() => {
    const asked = Promise.withResolvers<void>();
    const { transaction } = IDBDatabase.prototype;
    IDBDatabase.prototype.transaction = function (...given) {
      const [names, mode] = given;
      if (mode === "readwrite" && [names].flat().includes("outbox")) {
        const outbox = transaction.call(this, "outbox", mode).objectStore("outbox");
        const goOn = () => void (outbox.count().onsuccess = goOn);
        goOn();
        asked.resolve();
      }
      return transaction.apply(this, given);
    };
    return { asked: asked.promise };
  });
  return () => within(handle.evaluate(({ asked }) => asked), { what: "message to write" });
}
