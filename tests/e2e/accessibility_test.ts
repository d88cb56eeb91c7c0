import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  acceptRequest,
  createAccount,
  createPeople,
  expectStatus,
  kept,
  lock,
  message,
  openChat,
  PASSPHRASE,
  revealPhrase,
  send,
  SERVER_AWAY,
  startChat,
} from "./actions.ts";
import { press, textbox } from "./controls.ts";

const HOST_FLAGS = [
  ...["--host-name", "Kez Harbour", "--host-sentence", "A small server for people by the fjord."],
  ...["--host-contact", "host@example.org", "--terms-url", "https://example.org/terms"],
];

/** What appears with a delay is then there. */
async function settled(page: Page): Promise<void> {
  const ended = page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  await within(ended, { what: "end of the animations" });
}

Deno.test("the screens before there is an account are accessible in both sizes and themes", async () => {
  await using server = await startKezChat({ flags: HOST_FLAGS });
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await page.getByRole("heading", { name: "What the server sees" }).waitFor();
  await page.getByText("Open", { exact: true }).waitFor();
  await inspectScreen(page, "welcome");

  await press(page, "Create account");
  await textbox(page, "Handle").fill("maren");
  await page.getByText("maren is free.").waitFor();
  await inspectScreen(page, "create-handle");
  await textbox(page, "Handle").fill("admin");
  await press(page, "Continue");
  await page.getByText("kept for the server").waitFor();
  await inspectScreen(page, "create-handle-refused");
  await textbox(page, "Handle").fill("maren");
  await press(page, "Continue");
  await textbox(page, "Passphrase").fill("correct horse");
  await textbox(page, "Repeat passphrase").fill("correct");
  await press(page, "Create account");
  await page.getByText("not the same").waitFor();
  await inspectScreen(page, "create-passphrase");

  await page.goto("/restore");
  await textbox(page, "Recovery phrase").fill("leader monkey parrot ring guide accident befor");
  await press(page, "Continue");
  await page.getByText("Word 7").waitFor();
  await inspectScreen(page, "restore-phrase");
  await textbox(page, "Recovery phrase").fill(
    "leader monkey parrot ring guide accident before fence cannon height naive bean",
  );
  await press(page, "Continue");
  await textbox(page, "Handle").waitFor();
  await inspectScreen(page, "restore-handle");

  await page.goto("/u/nobody");
  await page.getByRole("heading", { name: "No one here by that name." }).waitFor();
  await inspectScreen(page, "profile-unknown");
  await page.goto("/nowhere/at/all");
  await inspectScreen(page, "not-found");
});

Deno.test("the screens of an account are accessible in both sizes and themes", async () => {
  await using server = await startKezChat({ flags: HOST_FLAGS });
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "maren" });
  await inspectScreen(page, "chats-empty");
  await press(page, "Show recovery phrase");
  await inspectScreen(page, "phrase-passphrase");
  await page.keyboard.press("Escape");
  await revealPhrase(page, "Show recovery phrase");
  await inspectScreen(page, "phrase-words");
  await press(page, "I have written it down");
  await press(page, "Confirm");
  await inspectScreen(page, "phrase-check");
  await page.keyboard.press("Escape");

  await press(page, "New chat");
  await textbox(page, "Handle").fill("nobody");
  await press(page, "Start chat");
  await page.getByText("No one here by that name.").waitFor();
  await inspectScreen(page, "new-chat");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox", { name: "Search" }).fill("zebra");
  await inspectScreen(page, "search-nothing");
  await page.keyboard.press("Escape");
  await openChat(page, "Note to self");
  await inspectScreen(page, "note-to-self");

  await page.goto("/settings");
  await inspectScreen(page, "settings");
  await press(page, "Sign out of this device");
  await inspectScreen(page, "sign-out");
  await page.keyboard.press("Escape");
  await lock(page);
  await textbox(page, "Passphrase").fill("wrong horse battery");
  await press(page, "Unlock");
  await page.getByText("not the passphrase").waitFor();
  await inspectScreen(page, "locked");
  await press(page, "Forgot passphrase");
  await inspectScreen(page, "forgot-passphrase");
  await press(page, "Erase this device");
  await inspectScreen(page, "erase-device");
  await page.keyboard.press("Escape");
  await textbox(page, "Passphrase").fill(PASSPHRASE);
  await press(page, "Unlock");
});

Deno.test("conversations are accessible in both sizes and themes", async () => {
  await using server = await startKezChat({ flags: HOST_FLAGS });
  // Without the server, what the connection's dialog is made of is on the device alone.
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { maren, jonas } = await createPeople({ server, browser }, ["maren", "jonas"]);
  await startChat(jonas, "maren");
  await inspectScreen(jonas, "thread-empty");
  await send(jonas, "Hello Maren, is the blue boat yours?");
  await expectStatus(jonas, { text: "blue boat", status: "Sent" });
  await jonas.getByText("Waiting for maren to accept.").waitFor();
  await settled(jonas);
  await inspectScreen(jonas, "thread-waiting");

  await openChat(maren, "jonas");
  await inspectScreen(maren, "request");
  await acceptRequest(maren, "jonas");
  await converse({ maren, jonas });
  await inspectScreen(maren, "thread");
  await openChat(maren, "Note to self");
  await send(jonas, "Bring something warm.");
  await maren.getByRole("link", { name: "jonas", description: "1 unread" }).waitFor();
  // Esc leaves the thread: a phone then shows the list.
  await maren.keyboard.press("Escape");
  await inspectScreen(maren, "chats-unread");
  await openChat(maren, "jonas");
  await inspectScreen(maren, "thread-unread");
  await offline({ page: maren, server });
});

Deno.test("a closed server's welcome is accessible in both sizes and themes", async () => {
  await using server = await startKezChat({ flags: [...HOST_FLAGS, "--registration", "closed"] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const page = await browser.newPage({ baseUrl: server.url });
  await page.goto("/");
  await page.getByText("Closed", { exact: true }).waitFor();
  await inspectScreen(page, "welcome-closed");
});

async function converse({ maren, jonas }: { maren: Page; jonas: Page }): Promise<void> {
  await send(maren, "It is. How did you find me?");
  await send(
    jonas,
    "The harbour master told me. I am looking for somebody to sail to the islands.",
  );
  await message(maren, "harbour master").waitFor();
  await send(maren, "With this wind it takes four hours: https://charts.example.org/fjord");
  await send(maren, "Saturday?");
  await send(jonas, "Saturday is good. שבת שלום");
  await message(maren, "Saturday is good").waitFor();
  await expectStatus(maren, { text: "Saturday?", status: "Delivered" });
}

async function offline({ page, server }: { page: Page; server: KezChat }): Promise<void> {
  await kept(page);
  await server.kill("SIGKILL");
  await page.getByText(SERVER_AWAY).waitFor();
  await send(page, "I will.");
  await inspectScreen(page, "thread-offline");
  await page.keyboard.press("Escape");
  await press(page, "Connection");
  await page.getByRole("dialog", { name: "Connection" }).waitFor();
  await inspectScreen(page, "connection");
}
