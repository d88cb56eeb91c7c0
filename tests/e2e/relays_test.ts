import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import {
  connected,
  countMessages,
  createAccount,
  createPeople,
  expectStatus,
  message,
  send,
  startChat,
} from "./actions.ts";

/** Waits until the own list is published, so that others find it. */
async function published(events: () => readonly { kind: number }[], count: number): Promise<void> {
  while (events().filter(({ kind }) => kind === 10002).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const names = (buttons: Element[]) =>
  buttons.map((each) => each.getAttribute("aria-label") ?? each.textContent?.trim());

const relayGroup = (page: Page) => page.getByRole("group", { name: "Relays" });

Deno.test("with the home server down known contacts chat on, and nothing is lost or doubled after it", async () => {
  await using outside = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", outside.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await published(() => outside.events, 2);
  await startChat(alice, "bob");
  await startChat(bob, "alice");
  await send(alice, "before");
  await expectStatus(alice, { text: "before", status: "Read" });

  await server.kill("SIGKILL");
  await send(alice, "while it is down");
  await message(bob, "while it is down").waitFor();
  await send(bob, "heard over the other one");
  await message(alice, "heard over the other one").waitFor();
  const name = new URL(outside.url).host;
  await alice.getByRole("log").getByText(`via ${name}`, { exact: true }).waitFor();
  await connected(alice);

  await server.restart();
  await send(alice, "home again");
  await message(bob, "home again").waitFor();
  for (const page of [alice, bob]) {
    await page.getByRole("button", { name: "Connection" }).click();
    const dialog = page.getByRole("dialog", { name: "Connection" });
    await dialog.waitFor();
    await dialog.getByText("Does not answer").waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    // What is behind a dialog has no role.
    await dialog.waitFor({ state: "detached" });
    for (
      const text of ["before", "while it is down", "heard over the other one", "home again"]
    ) assert.equal(await countMessages(page, text), 1, text);
  }
});

Deno.test("under Advanced relays are added, refused where they are none, removed, and set back", async () => {
  await using outside = await startFaultyRelay();
  await using another = await startFaultyRelay();
  await using server = await startKezChat({ flags: ["--relays", outside.url] });
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  await published(() => outside.events, 1);
  await alice.goto("/settings");
  const relays = relayGroup(alice).getByRole("listitem");
  await relays.nth(1).getByText("Connected", { exact: true }).waitFor();
  await inspectScreen(alice, "settings-advanced");

  const field = alice.getByRole("textbox", { name: "Relay address" });
  await field.fill("http://nothing.example");
  await field.press("Enter");
  await relayGroup(alice).getByText("This is not an address like wss://example.org.").waitFor();
  await field.fill(another.url);
  await alice.getByRole("button", { name: "Add relay" }).click();
  await relays.nth(2).getByText("Connected", { exact: true }).waitFor();
  await published(() => another.events, 1);
  const { tags } = another.events.find(({ kind }) => kind === 10002)!;
  assert.deepEqual(tags.map(([, url]) => url), [server.relayUrl, outside.url, another.url]);

  await another.die();
  await relays.nth(2).getByText("Does not answer").waitFor();
  await inspectScreen(alice, "settings-advanced-away");
  await alice.goto("/chats");
  await alice.getByRole("button", { name: "Connection" }).filter({ hasText: "Connected" }).click();
  const dialog = alice.getByRole("dialog", { name: "Connection" });
  await dialog.getByText("Does not answer").waitFor();
  const again = dialog.getByRole("button", { name: /again/ });
  assert.equal(await again.count(), 1);
  await dialog.getByRole("button", { name: `Try again: ${new URL(another.url).host}` }).waitFor();
  await inspectScreen(alice, "connection-away");
  await outside.die();
  await dialog.getByText("Does not answer").nth(1).waitFor();
  await dialog.getByRole("button", { name: "Try all again" }).waitFor();
  assert.equal(new Set(await again.evaluateAll(names)).size, 3);
  await alice.keyboard.press("Escape");

  await alice.goto("/settings");
  const name = new URL(outside.url).host;
  await alice.getByRole("button", { name: `Remove ${name}` }).click();
  await relays.getByText(name).waitFor({ state: "detached" });
  assert.ok(
    await alice.getByRole("heading", { name: "Relays" }).evaluate((it) =>
      it === document.activeElement
    ),
  );
  await alice.getByRole("button", { name: "Back to the defaults" }).click();
  await relays.getByText(name).waitFor();
  assert.equal(await relays.count(), 2);
  await alice.getByRole("button", { name: "Back to the defaults" }).waitFor({ state: "detached" });
});
