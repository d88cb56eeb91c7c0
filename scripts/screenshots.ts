/**
 * Makes the README's pictures, docs/screenshot.png and docs/screenshot_dark.png, of people who talk on a real server. The
 * machine should have a font with emoji in colours.
 *
 *   deno task screenshots
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import {
  acceptRequest,
  createAccount,
  expectStatus,
  message,
  openChat,
  send,
  startChat,
} from "../tests/e2e/actions.ts";
import type { Theme } from "../tests/support/browser.ts";
import { launchChromium } from "../tests/support/chromium.ts";
import { startKezChat } from "../tests/support/server.ts";
import { ROOT } from "./build_client.ts";

const PICTURE = { width: 1440, height: 820 };
const DESKTOP = { width: 1060, height: 738 };
const PHONE = { width: 390, height: 844 };
/** Of the phone's width; the desktop is shown in its own size. */
const PHONE_SHOWN_PX = 320;
const GROUND = { light: "#d7dfe1", dark: "#0a0f12" } satisfies Record<Theme, string>;
const FILES = { light: "screenshot.png", dark: "screenshot_dark.png" } satisfies Record<
  Theme,
  string
>;

const VARNISH = "Did the new varnish hold?";
const LIGHTHOUSE =
  "Are you coming down today? We could take her out past the lighthouse, if the wind stays like this.";
const PIER = "Six is good. I'll wait at the second pier, by the red shed.";

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

/** A person's device on the server, with an account. */
async function newPerson(
  browser: Browser,
  { url, handle, viewport = DESKTOP }: { url: string; handle: string; viewport?: typeof DESKTOP },
): Promise<Page> {
  const context = await browser.newContext({
    baseURL: url,
    viewport,
    deviceScaleFactor: 2,
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  await createAccount(page, { url, handle });
  await turnOff(page, "Show the relay");
  await button(page, "Later").click();
  return page;
}

async function turnOff(page: Page, name: string): Promise<void> {
  await page.goto("/settings");
  await page.getByRole("switch", { name }).click();
  await page.getByRole("switch", { name, checked: false }).waitFor();
  await page.goto("/chats");
}

/** The other chats of Maren's list, oldest first. */
async function fillList(browser: Browser, { url, maren }: { url: string; maren: Page }) {
  const said: [handle: string, texts: string[], isAccepted: boolean][] = [
    ["sten", ["The engine is mended. Thank you."], true],
    ["liv", ["Good night"], true],
    ["pelle", ["Hello, are you the Maren who sells the dinghy?"], false],
    ["ingrid_b", ["The sail is ready at last.", "Call me when you have it."], true],
  ];
  for (const [handle, texts, isAccepted] of said) {
    const page = await newPerson(browser, { url, handle });
    await startChat(page, "maren");
    if (isAccepted) {
      await send(page, texts[0]!);
      await acceptRequest(maren, handle);
      await maren.keyboard.press("Escape");
    }
    for (const text of isAccepted ? texts.slice(1) : texts) await send(page, text);
    await maren.getByRole("link", { name: handle }).filter({ hasText: texts.at(-1)! }).waitFor();
    await page.context().close();
  }
  await openChat(maren, "Note to self");
  await send(maren, "Paint: RAL 5020, two tins");
}

/** Each looks on while the other writes. */
async function converse({ maren, jonas }: { maren: Page; jonas: Page }): Promise<void> {
  const say = async (from: Page, text: string) => {
    await send(from, text);
    await message(from === maren ? jonas : maren, text).first().waitFor();
  };
  await say(
    jonas,
    "The boat is back in the water. It took the whole morning, and half of the village came to watch.",
  );
  await say(maren, "I saw the mast from the bridge.");
  await say(maren, VARNISH);
  await choose(jonas, { text: VARNISH, action: "Reply" });
  await say(jonas, "So far, yes.");
  await say(jonas, LIGHTHOUSE);
  await choose(maren, { text: LIGHTHOUSE, action: "React" });
  await button(maren, "❤️").click();
  await say(maren, "Yes. Around six?");
  await say(jonas, PIER);
  await choose(maren, { text: PIER, action: "React" });
  await button(maren, "👍").click();
  await say(maren, "See you there.");
  await message(jonas, PIER).getByRole("button", { name: "👍 maren" }).waitFor();
  await expectStatus(maren, { text: "See you there.", status: "Delivered" });
  await expectStatus(jonas, { text: PIER, status: "Read" });
}

async function choose(
  page: Page,
  { text, action }: { text: string; action: string },
): Promise<void> {
  await button(page, "Message actions").and(message(page, text).getByRole("button")).click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

/** Leaves no trace of what was done to messages there. */
async function openAgain(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Escape");
  await openChat(page, name);
}

async function shoot(page: Page, theme: Theme): Promise<string> {
  await page.emulateMedia({ colorScheme: theme });
  const { width, height } = page.viewportSize()!;
  // There is nothing there that shows a pointer over it.
  await page.mouse.move(width - 1, height - 1);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const bytes = await page.screenshot({ animations: "disabled" });
  return `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
}

/** Both devices beside each other. */
async function compose(
  browser: Browser,
  { desktop, phone, theme }: { desktop: string; phone: string; theme: Theme },
): Promise<void> {
  const page = await browser.newPage({ viewport: PICTURE });
  await page.setContent(`<style>
    body { margin: 0; block-size: 100vh; display: flex; align-items: center; justify-content: center; gap: 28px;
      background: ${GROUND[theme]} }
    img { display: block; box-shadow: 0 2px 6px #0001, 0 16px 48px #0002 }
    .desktop { inline-size: ${PICTURE.width - PHONE_SHOWN_PX - 84}px; border-radius: 14px }
    .phone { inline-size: ${PHONE_SHOWN_PX}px; border-radius: 28px }
  </style><img class="desktop" src="${desktop}"><img class="phone" src="${phone}">`);
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  await page.screenshot({ path: join(ROOT, "docs", FILES[theme]) });
  await page.close();
}

await using server = await startKezChat();
const browser = await launchChromium();
try {
  const { url } = server;
  const maren = await newPerson(browser, { url, handle: "maren" });
  await fillList(browser, { url, maren });
  const jonas = await newPerson(browser, { url, handle: "jonas", viewport: PHONE });
  // Maren sees that he got it, not that he read it.
  await turnOff(jonas, "Read receipts");
  await button(jonas, "Later").click();
  await startChat(maren, "jonas");
  await startChat(jonas, "maren");
  await converse({ maren, jonas });
  await openAgain(maren, "jonas");
  await openAgain(jonas, "maren");
  for (const theme of ["light", "dark"] as const) {
    const [desktop, phone] = [await shoot(maren, theme), await shoot(jonas, theme)];
    await compose(browser, { desktop, phone, theme });
  }
} finally {
  await browser.close();
}
