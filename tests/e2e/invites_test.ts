import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { runKezChat } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";
import {
  choosePassphrase,
  createAccount,
  createPeople,
  expectStatus,
  message,
  PASSPHRASE,
  send,
} from "./actions.ts";
import { press } from "./controls.ts";

const thread = (page: Page, name: string) =>
  page.getByRole("log", { name: `Messages with ${name}` });

/** The link that somebody would send, read from the dialog. */
async function inviteLink(page: Page): Promise<string> {
  await press(page, "Invite");
  const dialog = page.getByRole("dialog", { name: "Invite someone" });
  const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  return link;
}

/** Answers Create's questions from the handle on. */
async function answerCreate(page: Page, handle: string): Promise<void> {
  await page.getByRole("textbox", { name: "Handle" }).fill(handle);
  await press(page, "Continue");
  await choosePassphrase(page, { button: "Create account" });
}

/** Answers Create's last question where the server wants another invite code. */
async function failToCreate(page: Page): Promise<void> {
  for (const name of ["Passphrase", "Repeat passphrase"]) {
    await page.getByRole("textbox", { name, exact: true }).fill(PASSPHRASE);
  }
  await press(page, "Create account");
  await page.getByText("This invite code does not work here.").waitFor();
}

Deno.test("whoever opens an invitation makes an account, and ends in a chat that needs no acceptance", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  const link = await inviteLink(alice);
  assert.match(link, /\/i#[0-9a-f]{32}\.alice\.[0-9a-f]{32}$/);

  const bob = await browser.newPage({ baseUrl: server.url });
  await bob.goto(link);
  await bob.getByRole("heading", { name: "alice invites you" }).waitFor();
  await inspectScreen(bob, "invite");
  await press(bob, "Create account");
  await bob.getByRole("textbox", { name: "Handle" }).waitFor();
  // What the phone throws away meanwhile is not the way back.
  await bob.reload();
  await answerCreate(bob, "bob");
  await thread(bob, "alice").waitFor();
  await send(bob, "Thank you for the invitation");
  await expectStatus(bob, { text: "Thank you", status: "Delivered" });
  await alice.getByRole("link", { name: "bob" }).click();
  await message(alice, "Thank you for the invitation").waitFor();
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
  assert.equal(await alice.getByRole("button", { name: "Accept" }).count(), 0);
});

Deno.test("an invitation asks somebody with an account once; one that does not fit is refused", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  const link = await inviteLink(alice);
  await bob.goto(link);
  await bob.getByRole("heading", { name: "alice invites you" }).waitFor();
  await inspectScreen(bob, "invite-account");
  await press(bob, "Message alice");
  await thread(bob, "alice").waitFor();
  assert.ok(bob.url().endsWith("/chats/alice"));
  await bob.goto(link);
  await thread(bob, "alice").waitFor();

  const last = link.endsWith("0") ? "1" : "0";
  const stranger = await browser.newPage({ baseUrl: server.url });
  for (const page of [bob, stranger]) {
    await page.goto(`${link.slice(0, -1)}${last}`);
    await page.getByRole("heading", { name: "This invitation does not fit" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Create account" }).count(), 0);
  }
  await inspectScreen(stranger, "invite-mismatch");
  await stranger.goto(link.replace(".alice.", ".nobody."));
  await stranger.getByRole("heading", { name: "There is no nobody here" }).waitFor();
  await stranger.goto(link.slice(0, -1));
  await stranger.getByRole("heading", { name: "This invitation is not whole" }).waitFor();
  await inspectScreen(stranger, "invite-cut-off");
});

Deno.test("to open a link accepts nobody, and ends no block", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  const link = await inviteLink(alice);
  const chats = bob.getByRole("navigation", { name: "Conversations" });
  const openAndLeave = async () => {
    await bob.goto(link);
    await bob.getByRole("button", { name: "Message alice" }).waitFor();
    await bob.goto("/chats");
    await chats.getByRole("link", { name: "Note to self" }).waitFor();
    assert.equal(await chats.getByRole("link", { name: "alice" }).count(), 0);
  };
  await openAndLeave();
  await bob.goto(link);
  await press(bob, "Message alice");
  await press(bob, "Contact details");
  await press(bob, "Block");
  await press(bob, "Block alice");
  await chats.getByRole("link", { name: "alice" }).waitFor({ state: "detached" });
  await openAndLeave();
});

Deno.test("the code of an invitation is pasted under New chat, also on another server", async () => {
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: here.url });
  const bob = await browser.newPage({
    baseUrl: there.url,
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  await createAccount(alice, { url: here.url, handle: "alice" });
  await createAccount(bob, { url: there.url, handle: "bob" });
  const link = await inviteLink(alice);
  await bob.goto(link);
  await press(bob, "Copy code");
  const word = await bob.evaluate(() => navigator.clipboard.readText());
  assert.match(word, new RegExp(`^[0-9a-f]{32}\\.alice@${here.server}\\.[0-9a-f]{32}$`));
  await bob.goto(there.url);
  await press(bob, "New chat");
  await bob.getByRole("textbox", { name: "Handle" }).fill(word);
  await press(bob, "Start chat");
  await thread(bob, `alice@${here.server}`).waitFor();
  await send(bob, "from over there");
  await expectStatus(bob, { text: "from over there", status: "Delivered" });
});

Deno.test("a handle that nobody has is an occasion to invite; the link is copied, shared and renewed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({
    baseUrl: server.url,
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  await createAccount(alice, { url: server.url, handle: "alice" });
  await press(alice, "New chat");
  await alice.getByRole("textbox", { name: "Handle" }).fill("nobody");
  await press(alice, "Start chat");
  await alice.getByText("Check the spelling, or invite them.").waitFor();
  await inspectScreen(alice, "new-chat-unknown");
  await press(alice, "Invite someone");
  const dialog = alice.getByRole("dialog", { name: "Invite someone" });
  await dialog.getByRole("img", { name: "The link as a code to scan" }).waitFor();
  await inspectScreen(alice, "invite-dialog");
  const link = dialog.getByRole("textbox", { name: "Link" });
  const first = await link.inputValue();
  const copied = () => alice.evaluate(() => navigator.clipboard.readText());
  await dialog.getByRole("button", { name: "Copy link" }).click();
  assert.equal(await copied(), first);
  await dialog.getByRole("button", { name: "Share" }).click();
  await alice.getByText("Paste it where they read it.").waitFor();
  assert.equal(await copied(), `alice invites you to kez-chat. ${first}`);
  await dialog.getByText("A new link ends this one.").waitFor();
  await dialog.getByRole("button", { name: "Make a new link" }).click();
  await alice.getByText("The old one no longer works.").waitFor();
  assert.notEqual(await link.inputValue(), first);
  await alice.keyboard.press("Escape");
  await alice.locator("button:focus").filter({ hasText: "Invite someone" }).waitFor();
});

Deno.test("a server that lets people in by invitation: its link fills the code in, a person's invitation alone is not enough", async () => {
  await using server = await startKezChat({ flags: ["--registration", "invite"] });
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const link = /http\S+\/i#(\S+)/.exec(server.logs)!;
  const alice = await browser.newPage({ baseUrl: server.url });
  await alice.goto("/");
  await alice.getByText("Invite only").waitFor();
  await press(alice, "Create account");
  await alice.getByRole("textbox", { name: "Handle" }).fill("alice");
  await press(alice, "Continue");
  await alice.getByText("Enter the invite code that you were given.").waitFor();
  await inspectScreen(alice, "create-invite");
  const codeOf = (page: Page) => page.getByRole("textbox", { name: "Invite code" });
  await codeOf(alice).fill("0000-0000-0000-0000");
  await press(alice, "Continue");
  await failToCreate(alice);
  await alice.waitForFunction(() =>
    document.activeElement?.getAttribute("aria-invalid") === "true"
  );
  assert.equal(await codeOf(alice).evaluate((field) => field === document.activeElement), true);
  await press(alice, "Continue");
  // What was chosen once is not asked for again.
  const chosen = alice.getByRole("textbox", { name: "Repeat passphrase", exact: true });
  assert.equal(await chosen.inputValue(), PASSPHRASE);

  // Nor is a page at a loss that was opened before the server asked for codes.
  const config = "**/v1/config";
  await alice.route(config, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...await answer.json(), registration: "open" } });
  });
  await alice.goto("/create");
  await alice.getByRole("textbox", { name: "Handle" }).fill("alice");
  await press(alice, "Continue");
  await failToCreate(alice);
  await codeOf(alice).waitFor();
  await alice.unroute(config);

  await alice.goto(link[0]);
  await alice.getByRole("heading", { name: "You are invited" }).waitFor();
  await inspectScreen(alice, "server-invite");
  await press(alice, "Create account");
  await codeOf(alice).waitFor();
  assert.equal(await codeOf(alice).inputValue(), link[1]);
  await answerCreate(alice, "alice");
  await alice.getByRole("navigation", { name: "Conversations" }).waitFor();
  assert.ok(alice.url().endsWith("/chats"));
  await alice.goto(link[0]);
  await alice.getByRole("heading", { name: "You have an account already" }).waitFor();
  await inspectScreen(alice, "server-invite-account");
  await alice.getByRole("link", { name: "To the chats" }).click();

  await press(alice, "Invite");
  await alice.getByText("also needs an invite code").waitFor();
  await alice.keyboard.press("Escape");
  const toAlice = await inviteLink(alice);
  const bob = await browser.newPage({ baseUrl: server.url });
  await bob.goto(toAlice);
  await bob.getByText("You also need an invite code").waitFor();
  await press(bob, "Create account");
  await bob.getByRole("textbox", { name: "Handle" }).fill("bob");
  assert.equal(await codeOf(bob).inputValue(), "");
  await codeOf(bob).fill(toAlice);
  await press(bob, "Continue");
  await bob.getByText("This server wants a code of its own as well").waitFor();
  const settings = ["--data", server.dataDir];
  const { stdout } = await runKezChat(["invite", "create", "--from", "alice", ...settings]);
  await bob.goto(stdout.trim());
  await bob.getByRole("heading", { name: "alice invites you" }).waitFor();
  assert.equal(await bob.getByText("You also need an invite code").count(), 0);
  await press(bob, "Create account");
  await codeOf(bob).waitFor();
  assert.equal(await codeOf(bob).inputValue(), /#([^.]+)/.exec(stdout)![1]);
  await answerCreate(bob, "bob");
  await thread(bob, "alice").waitFor();
});

Deno.test("a public profile leads somebody without an account to its thread, over a reload", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  const bob = await browser.newPage({ baseUrl: server.url });
  await bob.goto("/u/alice");
  await bob.getByRole("img", { name: "The way to alice as a code to scan" }).waitFor();
  await inspectScreen(bob, "profile");
  await press(bob, "Message alice");
  await bob.getByRole("textbox", { name: "Handle" }).waitFor();
  await bob.reload();
  await answerCreate(bob, "bob");
  await thread(bob, "alice").waitFor();
});
