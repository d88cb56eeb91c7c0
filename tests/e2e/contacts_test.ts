import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { addrOf } from "../../protocol/addr.ts";
import { primaryOf } from "../../protocol/identity.ts";
import { signRegistration } from "../../protocol/registration.ts";
import { inspectScreen } from "../support/screens.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import {
  acceptRequest,
  createAccount,
  createPeople,
  expectStatus,
  message,
  send,
  startChat,
} from "./actions.ts";
import { randomBytes } from "../support/random_bytes.ts";
import { press } from "./controls.ts";

/** Alice and Bob, who have written to each other, each with the other's thread open. */
async function acquainted({ server, browser }: { server: KezChat; browser: TestBrowser }) {
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await send(alice, "Hello Bob");
  await acceptRequest(bob, "alice");
  await expectStatus(alice, { text: "Hello Bob", status: "Delivered" });
  return { alice, bob };
}

const safetyOf = (page: Page) => page.getByRole("group", { name: "Safety number" });

async function digits(page: Page): Promise<string> {
  const text = await safetyOf(page).innerText();
  return text.match(/\b\d{5}\b/g)?.join(" ") ?? "";
}

Deno.test("both sides see one safety number, scan each other's code and mark each other as verified", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await acquainted({ server, browser });
  for (const page of [alice, bob]) {
    await press(page, "Contact details");
    assert.equal(await digits(page), "");
    // Whoever has not seen the number has nothing to compare.
    assert.equal(await page.getByRole("button", { name: "Mark as verified" }).count(), 0);
    await safetyOf(page).getByText("Safety number").click();
    await safetyOf(page).getByRole("img", { name: "Your code" }).waitFor();
  }
  const number = await digits(alice);
  assert.match(number, /^(\d{5} ){11}\d{5}$/);
  assert.equal(await digits(bob), number);
  await alice.getByRole("button", { name: "Mark as verified" }).waitFor();
  await inspectScreen(alice, "contact");
  // There is no camera here: the code is pasted.
  const code = await codeOf(bob);
  await press(alice, "Scan their code");
  const dialog = alice.getByRole("dialog", { name: "Scan bob's code" });
  await dialog.getByText(/No camera|not allowed|does not start/).waitFor();
  await dialog.getByRole("textbox", { name: "Code or link" }).fill("alice");
  await dialog.getByRole("button", { name: "Use code" }).click();
  await dialog.getByText("not a code of a person").waitFor();
  await inspectScreen(alice, "scan-no-camera");
  await dialog.getByRole("textbox", { name: "Code or link" }).fill(await codeOf(alice));
  await dialog.getByRole("button", { name: "Use code" }).click();
  const region = alice.getByRole("region", { name: "Safety number" });
  await region.getByText("It does not match.").waitFor();
  await inspectScreen(alice, "contact-differs");
  await press(alice, "Scan their code");
  await dialog.getByRole("textbox", { name: "Code or link" }).fill(code);
  await dialog.getByRole("button", { name: "Use code" }).click();
  await region.getByText("It matches. This is bob.").waitFor();
  await press(alice, "Mark as verified");
  await alice.getByRole("complementary").getByText("Verified", { exact: true }).waitFor();
  await inspectScreen(alice, "contact-verified");
  await press(alice, "Back to the chat");
  await alice.getByRole("link", { name: "bob", description: /Verified/ }).waitFor();
  await inspectScreen(alice, "thread-verified");
});

/** What a person's own code says, as a scanner would read it. */
async function codeOf(page: Page): Promise<string> {
  const response = await page.request.get(
    `/v1/u/${(await page.locator("footer .own").innerText()).split("@")[0]}`,
  );
  return `kez:${(await response.json()).primary}`;
}

Deno.test("a contact is renamed, blocked, unblocked in Settings and deleted, by keyboard alone", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await acquainted({ server, browser });
  const details = alice.getByRole("complementary", { name: "Contact details" });
  const enter = async (name: string) => {
    await alice.getByRole("button", { name, exact: true }).focus();
    await alice.keyboard.press("Enter");
  };
  await enter("Contact details");
  await enter("Rename");
  await alice.keyboard.type("Bob from the boat");
  await alice.keyboard.press("Enter");
  await details.getByRole("heading", { name: "Bob from the boat" }).waitFor();
  await alice.getByRole("heading", { level: 1, name: "Bob from the boat" }).waitFor();
  // Esc leaves the field first, then the details; the focus goes back each time.
  await enter("Rename");
  await alice.keyboard.press("Escape");
  await alice.locator("button:focus").filter({ hasText: "Rename" }).waitFor();
  await alice.keyboard.press("Escape");
  await details.waitFor({ state: "detached" });
  assert.ok(alice.url().endsWith("/chats/bob"));
  await alice.getByRole("searchbox", { name: "Search" }).fill("boat");
  await alice.getByRole("link", { name: "Bob from the boat" }).waitFor();
  await alice.getByRole("searchbox", { name: "Search" }).fill("");

  await enter("Contact details");
  await enter("Block");
  await alice.getByRole("dialog", { name: "Block Bob from the boat?" }).waitFor();
  await alice.keyboard.press("Escape");
  await alice.locator("button:focus").filter({ hasText: "Block" }).waitFor();
  await alice.keyboard.press("Enter");
  await enter("Block Bob from the boat");
  await alice.getByRole("link", { name: "Bob from the boat" }).waitFor({ state: "detached" });
  await send(bob, "are you there");

  await alice.goto("/settings");
  await alice.getByRole("list", { name: "Blocked people" }).waitFor();
  await inspectScreen(alice, "settings-blocked");
  await enter("Unblock Bob from the boat");
  await alice.getByText("Nobody is blocked.").waitFor();
  await alice.goto("/chats/bob/details");
  await enter("Delete chat");
  await enter("Delete all messages");
  await alice.getByRole("link", { name: "Bob from the boat" }).waitFor({ state: "detached" });
});

Deno.test("on a phone the whole header opens the details, and back leads to the thread as it was", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await acquainted({ server, browser });
  await alice.setViewportSize({ width: 390, height: 844 });
  await alice.getByRole("textbox", { name: "Message" }).fill("half a sen");
  await alice.getByRole("heading", { level: 1, name: "bob" }).click({ force: true });
  const details = alice.getByRole("complementary", { name: "Contact details" });
  await details.getByRole("heading", { name: "bob" }).waitFor();
  await alice.locator("aside:focus").waitFor();
  assert.equal(await alice.getByRole("textbox", { name: "Message" }).isVisible(), false);
  await alice.goBack();
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
  assert.equal(await alice.getByRole("textbox", { name: "Message" }).inputValue(), "half a sen");
  await press(alice, "Contact details");
  await alice.keyboard.press("Escape");
  await alice.getByRole("button", { name: "Contact details" }).and(alice.locator(":focus"))
    .waitFor();
});

Deno.test("beside the thread the details stay open from one chat to the next, until they are closed", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await acquainted({ server, browser });
  const details = alice.getByRole("complementary", { name: "Contact details" });
  const carol = await browser.newPage({ baseUrl: server.url });
  await createAccount(carol, { url: server.url, handle: "carol" });
  await startChat(alice, "carol");
  await press(alice, "Contact details");
  await details.getByRole("heading", { name: "carol" }).waitFor();
  await alice.getByRole("link", { name: "bob" }).click();
  await details.getByRole("heading", { name: "bob" }).waitFor();
  assert.ok(alice.url().endsWith("/chats/bob/details"));
  await send(alice, "seen beside the details");
  await message(bob, "seen beside the details").waitFor();
  await press(alice, "Back to the chat");
  await details.waitFor({ state: "detached" });
  await alice.getByRole("link", { name: "carol" }).click();
  await alice.getByRole("log", { name: "Messages with carol" }).waitFor();
  assert.equal(await details.count(), 0);
});

Deno.test("a name that leads to another account stops the chat until that account is accepted", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice } = await acquainted({ server, browser });
  await takeOver(alice, { server, handle: "bob" });
  await press(alice, "New chat");
  const dialog = alice.getByRole("dialog", { name: "New chat" });
  await dialog.getByRole("textbox", { name: "Handle" }).fill("bob");
  await dialog.getByRole("button", { name: "Start chat" }).click();
  await alice.getByText("bob is not the account that you knew.").waitFor();
  assert.equal(await alice.getByRole("textbox", { name: "Message" }).count(), 0);
  await press(alice, "Check who it is");
  const change = alice.getByRole("region", { name: "bob is another account now" });
  await change.getByRole("group", { name: "Safety number" }).waitFor();
  assert.match(await digits(alice), /^(\d{5} ){11}\d{5}$/);
  await inspectScreen(alice, "key-change");
  await press(alice, "Keep sending stopped");
  await alice.getByText("bob is not the account that you knew.").waitFor();
  await press(alice, "Check who it is");
  await press(alice, "Accept the new account");
  await alice.getByRole("textbox", { name: "Message" }).waitFor();
  await message(alice, "Hello Bob").waitFor();
  await alice.getByText("bob is another account from here on").waitFor();
  await inspectScreen(alice, "key-changed");
});

/** Lets the registry tell one person that a handle is somebody else's. */
async function takeOver(
  page: Page,
  { server, handle }: { server: KezChat; handle: string },
): Promise<void> {
  const identitySecret = randomBytes(32);
  const primary = primaryOf(identitySecret);
  const registration = signRegistration({
    handle,
    server: server.server,
    createdAtMs: Date.now(),
    identitySecret,
    nostrSecret: randomBytes(32),
    random: randomBytes(32),
  });
  const fqhn = `${handle}@${server.server}`;
  const relays = [server.relayUrl];
  const { nostr } = registration.payload;
  const json = { handle, fqhn, primary, addr: addrOf(primary), relays, registration };
  await page.route(
    `**/v1/u/${handle}`,
    (route) => route.fulfill({ json: { ...json, nostr: nostr?.pubkey ?? null } }),
  );
}
