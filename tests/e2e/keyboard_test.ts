import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import {
  acceptRequest,
  connected,
  createAccount,
  expectStatus,
  message,
  openChat,
} from "./actions.ts";
import { button, menuItem, textbox } from "./controls.ts";

/** More stops than any screen has; a control that is not found within them is out of reach. */
const MAX_STOPS = 60;

function hasFocus(control: Locator): Promise<boolean> {
  return control.evaluate((element) => element === document.activeElement);
}

/** Moves the focus by Tab alone, as somebody does who sees where it is: it must be shown. */
async function tabTo(page: Page, control: Locator): Promise<void> {
  await control.waitFor();
  for (let stop = 0; stop < MAX_STOPS; stop++) {
    if (await hasFocus(control)) {
      assert.equal(await showsFocus(control), true, `the focus on ${control} is not shown`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${control} is not reached by Tab`);
}

/** By an outline of its own, or of the frame around a field. */
function showsFocus(control: Locator): Promise<boolean> {
  return control.evaluate((element) => {
    const outlined = (of: Element) => getComputedStyle(of).outlineStyle !== "none";
    return outlined(element) || outlined(element.parentElement!);
  });
}

async function press(page: Page, control: Locator): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press("Enter");
}

async function type(page: Page, { into, text }: { into: Locator; text: string }): Promise<void> {
  await tabTo(page, into);
  await page.keyboard.type(text);
}

async function create(page: Page): Promise<void> {
  await page.goto("/");
  await press(page, button(page, "Create account"));
  // Each question has the focus: its answer is typed at once.
  await textbox(page, "Handle").waitFor();
  await page.keyboard.type("alice");
  await page.keyboard.press("Enter");
  await textbox(page, "Passphrase").waitFor();
  await page.keyboard.type("correct horse battery");
  await type(page, { into: textbox(page, "Repeat passphrase"), text: "correct horse battery" });
  await page.keyboard.press("Enter");
  await connected(page);
}

Deno.test("from Create to Unlock, everything is done by the keyboard alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  const bob = await browser.newPage({ baseUrl: server.url });
  await createAccount(bob, { url: server.url, handle: "bob" });
  await create(page);

  await press(page, button(page, "New chat"));
  await page.getByRole("dialog", { name: "New chat" }).waitFor();
  await page.keyboard.press("Escape");
  assert.equal(await hasFocus(button(page, "New chat")), true);
  await page.keyboard.press("Enter");
  await textbox(page, "Handle").waitFor();
  await page.keyboard.type("bob");
  await page.keyboard.press("Enter");
  await page.getByRole("log", { name: "Messages with bob" }).waitFor();
  await type(page, { into: textbox(page, "Message"), text: "typed and sent" });
  await page.keyboard.press("Enter");
  await message(page, "typed and sent").waitFor();
  assert.equal(await hasFocus(textbox(page, "Message")), true);
  await acceptRequest(bob, "alice");
  await expectStatus(page, { text: "typed and sent", status: "Delivered" });

  await page.keyboard.press("Escape");
  await page.getByRole("log").waitFor({ state: "detached" });
  await page.keyboard.press("Control+k");
  await page.keyboard.type("typed");
  const found = page.getByRole("region", { name: "Messages" }).getByRole("link");
  await press(page, found.filter({ hasText: "typed and sent" }));
  await message(page, "typed and sent").waitFor();
  // Esc ends the search first, then closes the details.
  await press(page, button(page, "Contact details"));
  await page.getByRole("complementary").waitFor();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByRole("complementary").waitFor({ state: "detached" });
  await message(page, "typed and sent").waitFor();

  await press(page, page.getByRole("link", { name: "Settings" }));
  const theme = page.getByRole("radio", { name: "System" });
  await theme.waitFor();
  await press(page, button(page, "Lock now"));
  await textbox(page, "Passphrase").waitFor();
  assert.equal(await hasFocus(textbox(page, "Passphrase")), true);
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await connected(page);
});

Deno.test("a message is answered, reacted to, edited and deleted by the keyboard alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  const composer = textbox(page, "Message");
  for (const text of ["sail on Saturday", "bring bred"]) {
    await type(page, { into: composer, text });
    await page.keyboard.press("Enter");
    await message(page, text).waitFor();
  }

  await choose(page, { text: "sail on Saturday", action: "Reply" });
  await focusOn(composer);
  await page.keyboard.press("Escape");
  await page.getByText("Reply to yourself").waitFor({ state: "detached" });
  await focusOn(composer);
  await choose(page, { text: "sail on Saturday", action: "Reply" });
  await page.getByText("Reply to yourself").waitFor();
  await page.keyboard.type("at nine");
  await page.keyboard.press("Enter");
  const answer = message(page, "at nine");
  await answer.getByRole("button", { name: "Answer to You: sail on Saturday" }).waitFor();
  await focusOn(composer);

  await choose(page, { text: "bring bred", action: "React" });
  await focusOn(button(page, "👍"));
  await page.keyboard.press("Enter");
  const reaction = message(page, "bring bred").getByRole("button", { name: "👍 You" });
  await reaction.waitFor();
  await focusOn(rowOf(page, "bring bred"));
  await press(page, reaction);
  await reaction.waitFor({ state: "detached" });

  await choose(page, { text: "bring bred", action: "Edit" });
  await focusOn(composer);
  await page.keyboard.press("Control+a");
  await page.keyboard.type("bring bread");
  await page.keyboard.press("Enter");
  await message(page, "bring bread").getByText("edited", { exact: true }).waitFor();
  await focusOn(composer);

  await choose(page, { text: "at nine", action: "Delete" });
  await page.getByRole("dialog", { name: "Delete message" }).waitFor();
  await page.keyboard.press("Escape");
  await focusOn(rowOf(page, "at nine"));
  await page.keyboard.press("Enter");
  await focusOn(menuItem(page, "Reply"));
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await press(page, button(page, "Delete everywhere"));
  await message(page, "Message deleted").waitFor();
  await focusOn(rowOf(page, "Message deleted"));

  await choose(page, { text: "bring bread", action: "Delete" });
  await press(page, button(page, "Delete from this device"));
  await message(page, "bring bread").waitFor({ state: "detached" });
  // The message is gone: the focus stays in the thread that it was in.
  await focusOn(page.getByRole("log"));
});

const rowOf = (page: Page, text: string) => page.locator(".item").filter({ hasText: text });

async function focusOn(control: Locator): Promise<void> {
  await control.and(control.page().locator(":focus")).waitFor();
}

/** Walks to a message by the arrows, opens its menu by Enter and walks to an entry. */
async function choose(
  page: Page,
  { text, action }: { text: string; action: string },
): Promise<void> {
  const row = rowOf(page, text);
  await tabTo(page, page.getByRole("log"));
  await walkTo(page, { control: row, key: "ArrowUp" });
  await page.keyboard.press("Enter");
  await focusOn(menuItem(page, "Reply"));
  await walkTo(page, { control: menuItem(page, action), key: "ArrowDown" });
  await page.keyboard.press("Enter");
}

async function walkTo(
  page: Page,
  { control, key }: { control: Locator; key: string },
): Promise<void> {
  for (let step = 0; step < MAX_STOPS; step++) {
    if (await hasFocus(control)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${control} is not reached by ${key}`);
}
