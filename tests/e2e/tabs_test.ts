import assert from "node:assert/strict";
import type { Page, WebSocket } from "playwright-core";
import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  connected,
  countMessages,
  createAccount,
  createPeople,
  expectStatus,
  lock,
  message,
  openChat,
  send,
  sendForKeeps,
  startChat,
  unlock,
} from "./actions.ts";

/** Another tab of the same person, with a thread open. */
async function openTab(page: Page, path = "/chats"): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(path);
  await connected(tab);
  return tab;
}

/** The WebSockets that a page has opened from now on, and how many of the open ones read mail: those that AUTH. */
function countSockets(page: Page) {
  let opened = 0;
  const reading = new Set<WebSocket>();
  page.on("websocket", (socket) => {
    opened++;
    socket.on("framesent", ({ payload }) => {
      if (String(payload).startsWith('["AUTH"')) reading.add(socket);
    });
    socket.on("close", () => reading.delete(socket));
  });
  return {
    get opened() {
      return opened;
    },
    get reading() {
      return reading.size;
    },
  };
}

Deno.test("two tabs show the same thread live, and each can write in it, once", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await send(alice, "from the first tab");
  await bob.getByRole("link", { name: "alice" }).click();
  await bob.getByRole("button", { name: "Accept" }).click();

  const second = await openTab(alice, "/chats/bob");
  await message(second, "from the first tab").waitFor();
  await send(second, "from the second tab");
  await message(alice, "from the second tab").waitFor();
  await expectStatus(alice, { text: "from the second tab", status: "Delivered" });
  await expectStatus(second, { text: "from the second tab", status: "Delivered" });
  await send(bob, "to both");
  for (const tab of [alice, second]) await message(tab, "to both").waitFor();
  for (const text of ["from the first tab", "from the second tab"]) {
    await message(bob, text).waitFor();
    for (const page of [alice, second, bob]) assert.equal(await countMessages(page, text), 1);
  }
});

Deno.test("of five tabs one reads the mail, over one connection", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  const tabs: Page[] = [];
  for (let nth = 0; nth < 4; nth++) {
    const tab = await first.context().newPage();
    const sockets = countSockets(tab);
    await tab.goto("/chats");
    await connected(tab);
    assert.equal(sockets.opened, 0);
    tabs.push(tab);
  }
  // The next one takes over, and alone.
  const sockets = tabs.map(countSockets);
  await first.close();
  await within(
    (async () => {
      while (!sockets.some(({ reading }) => reading > 0)) await tabs[0]!.waitForTimeout(20);
    })(),
    { what: "a connection of the tab that took over" },
  );
  await Promise.all(tabs.map(connected));
  const leading = sockets.filter(({ opened }) => opened > 0);
  assert.deepEqual(leading.map(({ reading }) => reading), [1]);
});

Deno.test("the leading tab is closed in mid-send: the message of the other one leaves, once, and its thread stays open", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await send(alice, "hello");
  await bob.getByRole("link", { name: "alice" }).click();
  await bob.getByRole("button", { name: "Accept" }).click();

  let leader = alice;
  for (let round = 0; round < 3; round++) {
    const tab = await openTab(leader, "/chats/bob");
    const text = `message ${round}`;
    await tab.getByRole("textbox", { name: "Message" }).fill(text);
    await Promise.all([tab.getByRole("button", { name: "Send" }).click(), leader.close()]);
    await tab.getByRole("textbox", { name: "Message" }).fill("not sent yet");
    await expectStatus(tab, { text, status: "Delivered" });
    assert.equal(await tab.getByRole("textbox", { name: "Message" }).inputValue(), "not sent yet");
    assert.equal(await countMessages(tab, text), 1);
    await message(bob, text).waitFor();
    assert.equal(await countMessages(bob, text), 1);
    leader = tab;
  }
});

Deno.test("lock, unlock and sign-out in any tab hold for all", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  const second = await openTab(first, "/chats");
  await openChat(second, "Note to self");
  await send(second, "secret note");

  await second.bringToFront();
  await lock(second);
  await first.getByRole("button", { name: "Unlock", exact: true }).waitFor();
  assert.equal(await second.getByText("secret note").count(), 0);
  await unlock(second);
  await connected(second);
  await connected(first);
  await lock(first);
  await second.getByRole("button", { name: "Unlock", exact: true }).waitFor();
  await unlock(first);
  await connected(second);

  await first.goto("/settings");
  await first.getByRole("button", { name: "Sign out of this device" }).click();
  await first.getByRole("button", { name: "Sign out and lose the account" }).click();
  for (const tab of [first, second]) {
    await tab.getByRole("button", { name: "Create account" }).waitFor();
  }
  await createAccount(second, { url: server.url, handle: "alice2" });
  await first.goto("/chats");
  await connected(first);
});

Deno.test("a reload of the leading tab changes nothing for the other one", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  const second = await openTab(first);
  await openChat(second, "Note to self");
  await sendForKeeps(second, "before");
  await second.getByRole("textbox", { name: "Message" }).fill("half a thought");
  for (let times = 0; times < 2; times++) {
    await first.reload();
    await connected(first);
    await connected(second);
  }
  // As a page that comes out of the back/forward cache.
  const reloaded = first.waitForEvent("load");
  await first.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await reloaded;
  await openChat(first, "Note to self");
  const composer = second.getByRole("textbox", { name: "Message" });
  assert.equal(await composer.inputValue(), "half a thought");
  await send(second, "after");
  await message(first, "after").waitFor();
  assert.equal(await countMessages(first, "after"), 1);
});

Deno.test("a leading tab that the browser froze gives way to the one that is looked at", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const first = await browser.newPage({ baseUrl: server.url });
  await createAccount(first, { url: server.url, handle: "alice" });
  await openChat(first, "Note to self");
  await send(first, "before");
  const second = await openTab(first);
  await openChat(second, "Note to self");
  await second.bringToFront();
  const devTools = await first.context().newCDPSession(first);
  await devTools.send("Page.setWebLifecycleState", { state: "frozen" });
  await send(second, "while it is frozen");
  await expectStatus(second, { text: "while it is frozen", status: "Sent" });
  await devTools.send("Page.setWebLifecycleState", { state: "active" });
  await message(first, "while it is frozen").waitFor();
  await send(first, "after it woke up");
  await message(second, "after it woke up").waitFor();
  for (const tab of [first, second]) {
    assert.equal(await countMessages(tab, "while it is frozen"), 1);
    assert.equal(await countMessages(tab, "after it woke up"), 1);
  }
});
