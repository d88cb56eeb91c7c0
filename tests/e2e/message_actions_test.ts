import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { countMessages, expectStatus, introduce, message, openChat, send } from "./actions.ts";

/** Opens the menu of a message and chooses from it. */
async function act(page: Page, { text, action }: { text: string; action: string }): Promise<void> {
  await message(page, text).first().getByRole("button", { name: "Message actions" }).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

const composer = (page: Page) => page.getByRole("textbox", { name: "Message" });

async function expectFocus(element: Locator): Promise<void> {
  await element.and(element.page().locator(":focus")).waitFor();
}

Deno.test("an answer quotes what it is to on both sides, and leads there", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await act(alice, { text: "ping", action: "Reply" });
  await alice.getByText("Reply to yourself").waitFor();
  await expectFocus(composer(alice));
  await alice.keyboard.press("Escape");
  await alice.getByText("Reply to yourself").waitFor({ state: "detached" });
  await act(bob, { text: "ping", action: "Reply" });
  await bob.getByText("Reply to alice").waitFor();
  await inspectScreen(bob, "reply-bar");
  await send(bob, "pong");
  await bob.getByText("Reply to alice").waitFor({ state: "detached" });
  await message(alice, "pong").waitFor();
  await inspectScreen(alice, "quote");
  await message(alice, "pong").getByRole("button", { name: "Answer to You: ping" }).click();
  await alice.locator(".item.marked").filter({ hasText: "ping" }).waitFor();
});

Deno.test("a reaction is chosen, seen by the other side, changed and taken back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await act(bob, { text: "ping", action: "React" });
  const picker = bob.getByRole("dialog", { name: "React" });
  await picker.getByRole("button", { name: "❤️" }).waitFor();
  const [thread, shown] = [await bob.getByRole("log").boundingBox(), await picker.boundingBox()];
  assert.ok(shown!.x >= thread!.x, "the picker covers nothing but the thread");
  await inspectScreen(bob, "reaction-picker");
  await picker.getByRole("button", { name: "❤️" }).click();
  await message(alice, "ping").getByRole("button", { name: "❤️ bob" }).waitFor();
  await inspectScreen(alice, "reactions");
  await act(bob, { text: "ping", action: "React" });
  await picker.getByRole("textbox", { name: "Another emoji" }).fill("no emoji");
  await picker.getByRole("button", { name: "React" }).click();
  await picker.getByText("One emoji at a time.").waitFor();
  await picker.getByRole("textbox", { name: "Another emoji" }).fill("🦊");
  await picker.getByRole("button", { name: "React" }).click();
  await message(alice, "ping").getByRole("button", { name: "🦊 bob" }).click();
  await message(bob, "ping").getByRole("button", { name: "🦊 alice, You" }).or(
    message(bob, "ping").getByRole("button", { name: "🦊 You, alice" }),
  ).click();
  await message(alice, "ping").getByRole("button", { name: "🦊 You", exact: true }).waitFor();
});

Deno.test("what could not be done is said and seen, and leaves by itself", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { bob } = await introduce({ server, browser });
  await bob.evaluate(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("The disk is full.", "QuotaExceededError");
    };
  });
  await act(bob, { text: "ping", action: "React" });
  await bob.getByRole("dialog", { name: "React" }).getByRole("button", { name: "❤️" }).click();
  const told = bob.getByText("This device could not store it. Free some space, then try again.");
  await told.waitFor();
  await inspectScreen(bob, "told");
  await told.evaluate((element) => element.getAnimations().forEach((one) => one.finish()));
  await told.waitFor({ state: "hidden" });
});

Deno.test("an edit shows beside the time on both sides; Esc gives back what was typed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await send(alice, "teh last one");
  await composer(alice).press("ArrowUp");
  await alice.getByText("Edit message").waitFor();
  assert.equal(await composer(alice).inputValue(), "teh last one");
  await composer(alice).fill("the last one");
  await composer(alice).press("Enter");
  await message(bob, "the last one").getByText("edited", { exact: true }).waitFor();
  await message(alice, "the last one").getByText("edited", { exact: true }).waitFor();
  assert.equal(await composer(alice).inputValue(), "");
  await composer(alice).fill("half a thought");
  await act(alice, { text: "the last one", action: "Edit" });
  assert.equal(await composer(alice).inputValue(), "the last one");
  await inspectScreen(alice, "edit-bar");
  await composer(alice).press("Escape");
  assert.equal(await composer(alice).inputValue(), "half a thought");
  await message(bob, "ping").getByRole("button", { name: "Message actions" }).click();
  await bob.getByRole("menuitem", { name: "Reply" }).waitFor();
  assert.equal(await bob.getByRole("menuitem", { name: "Edit" }).count(), 0);
  await inspectScreen(bob, "message-menu");
  // A press beside the menu closes it, and does nothing to what lies there.
  await bob.getByRole("button", { name: "Contact details" }).click({ force: true });
  await bob.getByRole("menuitem", { name: "Reply" }).waitFor({ state: "detached" });
  assert.equal(await bob.getByRole("complementary").count(), 0);
  await bob.getByRole("button", { name: "Contact details" }).click();
  await bob.getByRole("complementary").waitFor();
});

Deno.test("a message is deleted for everyone by its author, and here alone by anybody", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await send(alice, "my secret");
  await message(bob, "my secret").waitFor();
  await expectStatus(alice, { text: "my secret", status: "Delivered" });
  await act(alice, { text: "my secret", action: "Delete" });
  const dialog = alice.getByRole("dialog", { name: "Delete message" });
  await dialog.getByRole("button", { name: "Delete for everyone" }).waitFor();
  await inspectScreen(alice, "delete-message");
  await dialog.getByRole("button", { name: "Delete for everyone" }).click();
  for (const page of [alice, bob]) {
    await message(page, "Message deleted").waitFor();
    assert.equal(await countMessages(page, "my secret"), 0);
    await page.getByRole("navigation", { name: "Conversations" }).getByText("Message deleted")
      .waitFor();
  }
  await inspectScreen(alice, "message-deleted");
  await act(bob, { text: "ping", action: "Delete" });
  const here = bob.getByRole("dialog", { name: "Delete message" });
  assert.equal(await here.getByRole("button", { name: "Delete for everyone" }).count(), 0);
  await here.getByRole("button", { name: "Delete from this device" }).click();
  await message(bob, "ping").waitFor({ state: "detached" });
  assert.equal(await countMessages(alice, "ping"), 1);
});

Deno.test("a message is copied, forwarded, and tells of its way", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  await alice.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await act(alice, { text: "ping", action: "Copy" });
  await alice.waitForFunction(async () => await navigator.clipboard.readText() === "ping");
  await act(alice, { text: "ping", action: "Details" });
  const details = alice.getByRole("dialog", { name: "Details" });
  await details.getByText("Delivered").or(details.getByText("Read", { exact: true })).waitFor();
  await details.getByText(/^localhost:\d+$/).waitFor();
  await inspectScreen(alice, "message-details");
  await alice.keyboard.press("Escape");
  await details.waitFor({ state: "detached" });
  await act(alice, { text: "ping", action: "Forward" });
  const self = alice.getByRole("dialog", { name: "Forward to" }).getByRole("button", {
    name: "Note to self",
  });
  await self.waitFor();
  await inspectScreen(alice, "forward");
  await self.click();
  await openChat(alice, "Note to self");
  await message(alice, "ping").waitFor();
});

Deno.test("messages are walked, acted upon and left by the keyboard alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await introduce({ server, browser });
  await send(alice, "second");
  const log = alice.getByRole("log");
  await log.focus();
  await alice.keyboard.press("ArrowUp");
  await alice.keyboard.press("ArrowUp");
  const row = alice.locator(".item").filter({ hasText: "ping" });
  await expectFocus(row);
  await alice.keyboard.press("Enter");
  await expectFocus(alice.getByRole("menuitem", { name: "Reply" }));
  await alice.keyboard.press("ArrowDown");
  await expectFocus(alice.getByRole("menuitem", { name: "React" }));
  await alice.keyboard.press("Escape");
  await expectFocus(row);
  await alice.keyboard.press("Enter");
  await expectFocus(alice.getByRole("menuitem", { name: "Reply" }));
  await alice.keyboard.press("ArrowDown");
  await alice.keyboard.press("Enter");
  const picker = alice.getByRole("dialog", { name: "React" });
  await expectFocus(picker.getByRole("button", { name: "👍" }));
  await alice.keyboard.press("ArrowRight");
  await alice.keyboard.press("Enter");
  await message(alice, "ping").getByRole("button", { name: "❤️ You" }).waitFor();
  await expectFocus(row);
  await alice.keyboard.press("Tab");
  await expectFocus(row.getByRole("button", { name: "Message actions" }));
});

Deno.test("a long text is folded until all of it is asked for", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const text = `${"A long story. ".repeat(200)}The end`;
  await composer(alice).fill(text);
  await composer(alice).press("Enter");
  const folded = message(bob, "A long story.");
  await folded.waitFor();
  assert.equal(await folded.getByText("The end").count(), 0);
  await folded.getByRole("button", { name: "Show all" }).click();
  await folded.getByText("The end").waitFor();
});
