import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { SIZES, startBrowser, type TestBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import {
  createAccount,
  createPeople,
  expectStatus,
  kept,
  message,
  openChat,
  send,
  sendForKeeps,
  SERVER_AWAY,
  startChat,
} from "./actions.ts";

const link = (page: Page, name: string) =>
  page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name, exact: true });
const log = (page: Page, name: string) => page.getByRole("log", { name: `Messages with ${name}` });
const composer = (page: Page) => page.getByRole("textbox", { name: "Message" });

/** The accessible name of what has the focus, as far as attributes tell. */
function focused(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute("aria-label") ?? activeElement?.textContent?.trim() ?? null;
  });
}

Deno.test("a phone shows one pane, and the system's back leaves the thread", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url, size: "phone" });
  await createAccount(page, { url: server.url, handle: "alice" });
  assert.equal(new URL(page.url()).pathname, "/chats");
  await openChat(page, "Note to self");
  assert.equal(await link(page, "Note to self").isVisible(), false);
  await page.goBack();
  await link(page, "Note to self").waitFor();
  assert.equal(await log(page, "Note to self").count(), 0);

  await openChat(page, "Note to self");
  await page.getByRole("button", { name: "Back to chats" }).click();
  await link(page, "Note to self").waitFor();
  // By the history, not on top of it: forward finds the thread again.
  await page.goForward();
  await log(page, "Note to self").waitFor();
});

Deno.test("a desktop shows the list beside the thread, and a narrow window turns into a phone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  const list = (await page.getByRole("navigation", { name: "Conversations" }).boundingBox())!;
  const thread = (await log(page, "Note to self").boundingBox())!;
  assert.ok(list.width >= 320 && list.width <= 400);
  assert.ok(thread.x >= list.x + list.width);
  await page.setViewportSize(SIZES.phone);
  await link(page, "Note to self").waitFor({ state: "hidden" });
  assert.equal((await log(page, "Note to self").boundingBox())!.width, SIZES.phone.width);
});

Deno.test("a browser that keeps no data is told of, on a page and not on a blank one", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  browser.allow(/storage_failed/);
  await page.addInitScript(() => {
    indexedDB.open = () => {
      throw new DOMException("blocked", "SecurityError");
    };
  });
  await page.goto("/");
  await page.getByRole("heading", { name: "kez-chat could not start" }).waitFor();
});

Deno.test("a profile that could not be asked for is asked for again", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/");
  await page.route("**/v1/u/alice", (route) => route.abort());
  await page.goto("/u/alice");
  await page.getByText("No connection to the server.").waitFor();
  await page.unrouteAll();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("button", { name: "Message alice" }).waitFor();
});

Deno.test("keys move between chats, find the search, and close what is open", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await acquaint({ server, browser });
  await openChat(alice, "Note to self");
  await alice.keyboard.press("Alt+ArrowDown");
  await log(alice, "bob").waitFor();
  await alice.keyboard.press("Alt+ArrowDown");
  await log(alice, "Note to self").waitFor();
  await alice.keyboard.press("Alt+ArrowUp");
  await log(alice, "bob").waitFor();

  await alice.keyboard.press("Control+k");
  assert.equal(await focused(alice), "Search");
  await alice.keyboard.type("zebra");
  await alice.getByText("Nothing with 'zebra'.").waitFor();
  await alice.keyboard.press("Escape");
  await link(alice, "bob").waitFor();
  await alice.keyboard.press("Escape");
  await log(alice, "bob").waitFor({ state: "detached" });
});

Deno.test("Alt+Shift and an arrow lead to the next chat with unread messages", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await acquaint({ server, browser });
  await openChat(alice, "Note to self");
  await send(bob, "are you there");
  await alice.getByRole("link", { name: "bob", description: "1 unread" }).waitFor();
  await alice.keyboard.press("Alt+Shift+ArrowDown");
  await log(alice, "bob").waitFor();
  await log(alice, "bob").getByText("New messages").waitFor();
  // The count goes from the title once the message was seen.
  await alice.waitForFunction(() => document.title.startsWith("bob"));
});

Deno.test("Enter sends, Shift+Enter makes a line, and the field grows to six lines", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  const height = async () => (await composer(page).boundingBox())!.height;
  const one = await height();
  for (let line = 1; line <= 6; line++) {
    await page.keyboard.type(`line ${line}`);
    if (line < 6) await page.keyboard.press("Shift+Enter");
  }
  const six = await height();
  assert.ok(six > one + 4 * 20, `${one} → ${six}`);
  for (let more = 0; more < 4; more++) await page.keyboard.press("Shift+Enter");
  assert.ok(await height() - six < 8);
  await page.keyboard.press("Enter");
  await message(page, "line 6").waitFor();
  assert.equal(await composer(page).inputValue(), "");
  assert.equal(await height(), one);
  assert.equal(await page.getByRole("button", { name: "Send" }).isDisabled(), true);
});

Deno.test("unsent words stay with their thread", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await acquaint({ server, browser });
  await composer(alice).fill("half a thought");
  await openChat(alice, "Note to self");
  assert.equal(await composer(alice).inputValue(), "");
  await composer(alice).fill("a note");
  await alice.getByRole("link", { name: "Settings" }).click();
  await alice.getByRole("heading", { name: "Settings" }).waitFor();
  await alice.getByRole("button", { name: "Back to chats" }).click();
  await openChat(alice, "Note to self");
  assert.equal(await composer(alice).inputValue(), "a note");
});

Deno.test("a reader further up stays there, and is told how many messages came", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await acquaint({ server, browser });
  for (let line = 0; line < 3; line++) await send(alice, `${line}\n`.repeat(30) + `end ${line}`);
  await log(alice, "bob").evaluate((element) => element.scrollTop = -element.scrollHeight);
  await alice.getByRole("button", { name: "Jump to latest" }).waitFor();
  await openChat(bob, "alice");
  await send(bob, "down here");
  const jump = alice.getByRole("button", { name: "Jump to latest, 1 new message" });
  await jump.waitFor();
  assert.equal(await isOnScreen(alice, "down here"), false);
  await jump.click();
  await jump.waitFor({ state: "detached" });
  assert.equal(await isOnScreen(alice, "down here"), true);
});

Deno.test("an unknown handle is told beside the field; Esc gives the focus back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.getByRole("button", { name: "New chat" }).click();
  const cases: [string, RegExp][] = [
    ["nobody", /No one here by that name/],
    ["not a handle", /This is not a handle/],
    ["bob@127.0.0.1:1", /127\.0\.0\.1:1 does not answer/],
  ];
  for (const [typed, says] of cases) {
    const field = page.getByRole("textbox", { name: "Handle" });
    await field.fill(typed);
    await page.getByRole("button", { name: "Start chat" }).click();
    await page.getByRole("textbox", { name: "Handle", description: says }).waitFor();
    assert.equal(await field.evaluate((element) => element === document.activeElement), true);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(page), "New chat");
});

Deno.test("the connection says what is wrong, and opens the state of the server", async () => {
  await using server = await startKezChat();
  // Without the server, what the dialog is made of is on the device alone.
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  await kept(page);
  await page.clock.install();
  await server.kill("SIGKILL");
  const connection = page.getByRole("button", { name: "Connection", exact: true });
  await connection.filter({ hasText: "Server does not answer" }).waitFor();
  await page.getByText(SERVER_AWAY).waitFor();
  await connection.click();
  const dialog = page.getByRole("dialog", { name: "Connection" });
  await dialog.getByRole("listitem").filter({ hasText: "Does not answer" }).waitFor();
  // Else the app may be back by itself before the button is pressed.
  await page.clock.pauseAt(Date.now() + 10_000);
  await server.restart();
  await dialog.getByRole("button", { name: "Try again" }).click();
  await page.clock.resume();
  await dialog.getByRole("listitem").filter({ hasText: "Connected" }).waitFor();
});

Deno.test("a message that found no way for half a minute says so, and Retry sends it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await acquaint({ server, browser });
  await kept(alice);
  await alice.clock.install();
  await server.kill("SIGKILL");
  await alice.getByText(SERVER_AWAY).waitFor();
  await sendForKeeps(alice, "against the wind");
  const unsent = message(alice, "against the wind");
  await unsent.getByRole("img", { name: "Sending" }).waitFor();
  await alice.clock.fastForward(31_000);
  await unsent.getByRole("img", { name: "Failed" }).waitFor();
  await unsent.getByText("Not sent").waitFor();
  // Else the message may leave by itself before the button is pressed.
  await alice.clock.pauseAt(Date.now() + 60_000);
  await server.restart();
  await unsent.getByRole("button", { name: "Retry" }).click();
  await alice.clock.resume();
  await expectStatus(alice, { text: "against the wind", status: "Delivered" });
  await message(bob, "against the wind").waitFor();
});

Deno.test("beside Settings the section in sight is marked, and one that is chosen comes into sight", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await page.goto("/settings");
  const sections = page.getByRole("navigation", { name: "Sections" });
  const marked = (name: string) => sections.locator("[aria-current]").filter({ hasText: name });
  await marked("You").waitFor();
  await page.getByRole("heading", { name: "Privacy" }).hover();
  await page.mouse.wheel(0, 10_000);
  await marked("You").waitFor({ state: "detached" });
  await page.mouse.wheel(0, -10_000);
  await marked("You").waitFor();
  await sections.getByRole("link", { name: "This device" }).click();
  await marked("This device").waitFor();
  await page.getByRole("button", { name: "Lock now" }).waitFor();
  assert.equal(await sections.locator("[aria-current]").count(), 1);
});

Deno.test("the theme is chosen in Settings, stays, and System follows the device", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url, theme: "light" });
  await createAccount(page, { url: server.url, handle: "alice" });
  const scheme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.goto("/settings");
  const theme = page.getByRole("radiogroup", { name: "Theme" });
  await theme.getByText("Dark").click();
  assert.equal(await scheme(), "dark");
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await theme.getByRole("radio", { name: "Dark" }).isChecked(), true);
  assert.equal(await ground(), dark);
  await theme.getByText("System").click();
  assert.equal(await ground(), light);
  await page.emulateMedia({ colorScheme: "dark" });
  assert.equal(await ground(), dark);
});

Deno.test("a profile leads to the thread; without an account it leads there by way of Create", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/u/nobody");
  await page.getByRole("heading", { name: "No one here by that name." }).waitFor();
  await page.goto("/u/alice");
  await page.getByRole("button", { name: "Message alice" }).click();
  await page.getByRole("textbox", { name: "Handle" }).fill("bob");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("textbox", { name: "Passphrase", exact: true }).fill(
    "correct horse battery",
  );
  await page.getByRole("textbox", { name: "Repeat passphrase" }).fill("correct horse battery");
  await page.getByRole("button", { name: "Create account" }).click();
  await log(page, "alice").waitFor();
  // With an account it is asked first, and back leads to the profile.
  await page.goto("/u/alice");
  await page.getByRole("button", { name: "Message alice" }).click();
  await log(page, "alice").waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Message alice" }).waitFor();
});

Deno.test("paths that lead nowhere, and to nobody, say so and offer a way on", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await acquaint({ server, browser });
  await alice.goto("/nowhere/at/all");
  await alice.getByRole("link", { name: "Go to the start" }).click();
  await link(alice, "bob").waitFor();
  await alice.goto("/chats/carol");
  await alice.getByRole("heading", { name: "No conversation by that name." }).waitFor();
  await alice.getByRole("button", { name: "Start chat with carol" }).click();
  await alice.getByText("No one here by that name.").waitFor();
});

/** Alice and Bob, each in the thread with the other. */
async function acquaint(
  { server, browser }: { server: { url: string }; browser: TestBrowser },
): Promise<{ alice: Page; bob: Page }> {
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await startChat(bob, "alice");
  await send(alice, "ahoy");
  await send(bob, "hello");
  await message(alice, "hello").waitFor();
  return { alice, bob };
}

function isOnScreen(page: Page, text: string): Promise<boolean> {
  return message(page, text).evaluate((element) => {
    const frame = element.closest("[role=log]")!.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return top >= frame.top && bottom <= frame.bottom + 1;
  });
}
