import assert from "node:assert/strict";
import type { CDPSession, Locator, Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { createAccount, message, openChat, send } from "./actions.ts";
import { menuItem } from "./controls.ts";

/** Longer than any press has to be. */
const LONG_MS = 700;

interface Point {
  x: number;
  y: number;
}

/** One finger on a page, as a phone tells of it. */
interface Finger {
  down(at: Point): Promise<void>;
  move(to: Point): Promise<void>;
  up(): Promise<void>;
}

function fingerOn(session: CDPSession): Finger {
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", touchPoints: Point[]) =>
    session.send("Input.dispatchTouchEvent", { type, touchPoints });
  return {
    down: async (at) => void await touch("touchStart", [at]),
    move: async (to) => void await touch("touchMove", [to]),
    up: async () => void await touch("touchEnd", []),
  };
}

async function centreOf(element: Locator): Promise<Point> {
  const { x, y, width, height } = (await element.boundingBox())!;
  return { x: x + width / 2, y: y + height / 2 };
}

/** A timer that is set later than the page's own, and for longer, ends after it. */
async function longAfter(page: Page): Promise<void> {
  await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), LONG_MS);
}

/** Alice's phone, with a long note to self open, and her finger. */
async function phoneWithNotes(
  { server, browser }: { server: { url: string }; browser: TestBrowser },
) {
  const page = await browser.newPage({
    baseUrl: server.url,
    size: "phone",
    context: { hasTouch: true, isMobile: true },
  });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  for (const name of ["first", "second"]) await send(page, "…\n".repeat(20) + name);
  await send(page, "The charts are at https://charts.example.org/fjord");
  await send(page, "Bring something warm.");
  const finger = fingerOn(await page.context().newCDPSession(page));
  return { page, finger };
}

const scrollTop = (page: Page) => page.getByRole("log").evaluate(({ scrollTop }) => scrollTop);

Deno.test("a finger that rests on a message opens its menu, and does nothing else", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { page, finger } = await phoneWithNotes({ server, browser });
  const link = message(page, "The charts").getByRole("link");
  await finger.down(await centreOf(link));
  await menuItem(page, "Reply").waitFor();
  await finger.up();
  await longAfter(page);
  assert.equal(await menuItem(page, "Reply").isVisible(), true);
  assert.equal(await page.evaluate(() => getSelection()?.toString()), "");
  assert.equal(await scrollTop(page), 0);
  assert.equal(page.context().pages().length, 1);
  await inspectScreen(page, "message-sheet");

  // A tap beside the sheet closes it, and the next press opens it again.
  await page.touchscreen.tap(195, 90);
  await menuItem(page, "Reply").waitFor({ state: "detached" });
  await finger.down(await centreOf(message(page, "Bring something warm.")));
  await menuItem(page, "Reply").waitFor();
  await finger.up();
  await menuItem(page, "Reply").tap();
  await page.getByText("Reply to yourself").waitFor();
  await send(page, "And something to eat.");
  await message(page, "And something to eat.").getByRole("button", { name: /^Answer to/ })
    .waitFor();
});

Deno.test("a finger that opens a menu below itself takes nothing of it when it leaves", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { page, finger } = await phoneWithNotes({ server, browser });
  // What the browser makes of the end of a touch is a matter of milliseconds: it must have been told to make nothing of it.
  await page.evaluate(() =>
    addEventListener("touchend", ({ defaultPrevented }) => {
      document.body.dataset.touch = defaultPrevented ? "spent" : "a click";
    })
  );
  for (const text of ["The charts", "Bring something warm."]) {
    await finger.down(await centreOf(message(page, text)));
    await menuItem(page, "Reply").waitFor();
    await finger.up();
    assert.equal(await page.evaluate(() => document.body.dataset.touch), "spent", text);
    await page.touchscreen.tap(195, 90);
    await menuItem(page, "Reply").waitFor({ state: "detached" });
  }
});

Deno.test("a finger that scrolls, or leaves at once, opens no menu", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { page, finger } = await phoneWithNotes({ server, browser });
  const from = await centreOf(message(page, "Bring something warm."));
  await page.touchscreen.tap(from.x, from.y);
  await longAfter(page);
  assert.equal(await menuItem(page, "Reply").count(), 0);

  await finger.down(from);
  for (let step = 1; step <= 8; step++) {
    await finger.move({ x: from.x, y: from.y - 20 + step * 40 });
  }
  await longAfter(page);
  assert.equal(await menuItem(page, "Reply").count(), 0);
  await finger.up();
  assert.ok(await scrollTop(page) < -100, "the thread has moved");
});

Deno.test("a finger that rests on a chat in the list opens the chat's menu, and not the chat", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { page, finger } = await phoneWithNotes({ server, browser });
  await page.goBack();
  const row = page.getByRole("link", { name: "Note to self" });
  await row.waitFor();
  await finger.down(await centreOf(row));
  await menuItem(page, "Disappearing messages").waitFor();
  await finger.up();
  await longAfter(page);
  assert.equal(await menuItem(page, "Disappearing messages").isVisible(), true);
  assert.equal(new URL(page.url()).pathname, "/chats");
  await menuItem(page, "Disappearing messages").tap();
  await page.getByRole("dialog", { name: "Disappearing messages" }).waitFor();
});
