import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { startBrowser, type TestBrowser } from "../support/browser.ts";
import { startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import { fakePush, openPushDelivery } from "../support/fake_push.ts";
import { type PushService, startPushService } from "../support/push_service.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  acceptRequest,
  connected,
  createAccount,
  send,
  sendForKeeps,
  startChat,
} from "./actions.ts";

const startServer = (service: PushService, flags: string[] = []) =>
  startKezChat({ flags: ["--push-hosts", `127.0.0.1:${service.port}`, ...flags] });

async function person(
  { server, browser }: { server: KezChat; browser: TestBrowser },
  handle: string,
  push?: { endpoint: string; permission?: NotificationPermission },
) {
  const page = await browser.newPage({ baseUrl: server.url });
  if (push) await fakePush(page.context(), push);
  await createAccount(page, { url: server.url, handle });
  return page;
}

const received = (service: PushService, count: number) =>
  within(service.received(count), { what: `push ${count}` });

/** From its next start on, the browser is one that has pushes on the Home Screen alone. */
async function turnIntoIphone(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.deleteProperty(globalThis, "PushManager");
    const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1";
    Object.defineProperty(navigator, "userAgent", { get: () => userAgent });
  });
}

/** From its next start on, nothing that a person's app says comes to the home relay. */
async function loseHomeRelay(page: Page, { relayUrl }: KezChat): Promise<void> {
  const { host } = new URL(relayUrl);
  await page.context().routeWebSocket((url) => url.host === host, (socket) => void socket.close());
  await page.reload();
}

Deno.test("to a closed app, over the home relay and over another one: one signed, empty push, a notification without its text, and a click that opens the thread", async () => {
  await using service = startPushService();
  await using outside = await startFaultyRelay();
  await using server = await startServer(service, ["--relays", outside.url]);
  await using browser = await startBrowser({ hasQuickPassphrases: true, asksPermissions: true });
  const parts = { server, browser };
  const alice = await person(parts, "alice", { endpoint: `${service.origin}/alice` });
  const bob = await person(parts, "bobby");
  // A chat that both know of: only then is a name told.
  await startChat(alice, "bobby");
  await send(alice, "Are you there?");
  await acceptRequest(bob, "alice");
  await alice.goto("/settings");
  await alice.getByRole("switch", { name: "Notifications", checked: true }).waitFor();
  await alice.goto("/dashboard");
  const card = alice.getByRole("region", { name: "Notifications" });
  await card.getByText("This device tells you of new messages.").waitFor();

  const keeper = await alice.context().newPage();
  const delivery = await openPushDelivery(alice, keeper);
  await alice.close();
  const arrives = async (text: string, { title, count }: { title: string; count: number }) => {
    await send(bob, text);
    await received(service, count);
    const shown = await delivery.deliver();
    assert.deepEqual([shown.title, shown.body], [title, "New message"]);
    const path = await within(delivery.click(), { what: "window" });
    await keeper.goto(new URL(path!, server.url).href);
    await keeper.getByRole("log", { name: "Messages with bobby" }).getByText(text).waitFor();
    assert.equal(new URL(keeper.url()).pathname, "/chats/bobby");
    await keeper.goto("about:blank");
  };
  // What the home server holds is opened first; of the rest nobody knows more than that it came.
  await arrives("Now I am.", { title: "bobby", count: 1 });
  await loseHomeRelay(bob, server);
  await arrives("Over another relay.", { title: "kez-chat", count: 2 });
  assert.deepEqual(service.faults, []);
  assert.equal(service.pushes.length, 2);
  for (const { ttl, urgency, bodyBytes, claims } of service.pushes) {
    assert.deepEqual({ ttl, urgency, bodyBytes }, { ttl: "86400", urgency: "high", bodyBytes: 0 });
    assert.deepEqual([claims.aud, claims.sub], [service.origin, "https://example.org/"]);
  }
  for (const name of ["alice", "bobby", service.origin]) assert.ok(!server.logs.includes(name));
});

Deno.test("a window that is open but not looked at names the contact, and a click leads to the thread", async () => {
  await using service = startPushService();
  await using server = await startServer(service);
  await using browser = await startBrowser({ hasQuickPassphrases: true, asksPermissions: true });
  const parts = { server, browser };
  const alice = await person(parts, "alice", { endpoint: `${service.origin}/alice` });
  const bob = await person(parts, "bobby");
  await startChat(alice, "bobby");
  await send(alice, "Are you there?");
  await acceptRequest(bob, "alice");
  await alice.goto("/chats");
  await connected(alice);
  const other = await alice.context().newPage();
  await other.bringToFront();
  const delivery = await openPushDelivery(alice, other);
  // Headless windows are all in sight; the service worker is told otherwise.
  await delivery.worker.evaluate(() => {
    const { prototype } = (globalThis as unknown as { WindowClient: { prototype: object } })
      .WindowClient;
    Object.defineProperty(prototype, "focused", { get: () => false });
  });
  await send(bob, "Now I am.");
  await received(service, 1);
  const shown = await delivery.deliver();
  assert.deepEqual([shown.title, shown.body, shown.silent], ["bobby", "New message", false]);
  await delivery.click();
  await alice.getByRole("log", { name: "Messages with bobby" }).getByText("Now I am.").waitFor();
});

Deno.test("nothing decided: writing asks for it, and the switch, the test and the sign-out tell the server", async () => {
  await using service = startPushService();
  await using server = await startServer(service);
  await using browser = await startBrowser({ hasQuickPassphrases: true, asksPermissions: true });
  const parts = { server, browser };
  const push = { endpoint: `${service.origin}/alice`, permission: "default" } as const;
  const alice = await person(parts, "alice", push);
  await person(parts, "bobby");
  await startChat(alice, "bobby");
  await sendForKeeps(alice, "Are you there?");
  await alice.goto("/settings");
  const toggle = alice.getByRole("switch", { name: "Notifications" });
  await alice.getByText("This device tells you of new messages.").waitFor();

  const delivery = await openPushDelivery(alice);
  await alice.getByRole("button", { name: "Send a test notification" }).click();
  await received(service, 1);
  const shown = await delivery.deliver();
  assert.equal(shown.title, "Notifications work");
  const hops = alice.getByRole("list", { name: "The way of the test" }).getByRole("listitem");
  await hops.nth(4).filter({ hasText: "Done" }).waitFor();
  assert.equal((await hops.allInnerTexts()).filter((text) => text.includes("Done")).length, 5);

  await toggle.click();
  await alice.getByText("This device stays silent.").waitFor();
  await toggle.click();
  await alice.getByText("This device tells you of new messages.").waitFor();
  // The browser, and then the server, have lost it: the next start mends it.
  await alice.evaluate(() => localStorage.removeItem("fake-push"));
  await alice.reload();
  await alice.getByText("This device tells you of new messages.").waitFor();
  assert.notEqual(await alice.evaluate(() => localStorage.getItem("fake-push")), null);
});

Deno.test("a card asks who has somebody to hear from, and goes for good once it is answered; on an iPhone it shows the way to the Home Screen", async () => {
  await using service = startPushService();
  await using server = await startServer(service);
  await using browser = await startBrowser({ hasQuickPassphrases: true, asksPermissions: true });
  const parts = { server, browser };
  const push = { endpoint: `${service.origin}/alice`, permission: "default" } as const;
  const alice = await person(parts, "alice", push);
  const bob = await person(parts, "bobby");
  await startChat(bob, "alice");
  await send(bob, "Hello");
  await alice.getByRole("button", { name: "Later" }).click();
  const card = alice.getByRole("region", { name: "Hear when someone writes" });
  await card.getByRole("button", { name: "Turn on notifications" }).click();
  await card.waitFor({ state: "detached" });
  await alice.goto("/settings");
  await alice.getByRole("switch", { name: "Notifications", checked: true }).waitFor();

  await turnIntoIphone(alice);
  await alice.goto("/chats");
  await alice.getByRole("button", { name: "Later" }).click();
  await card.getByRole("button", { name: "Show how" }).click();
  const steps = alice.getByRole("dialog", { name: "Add to Home Screen" }).getByRole("listitem");
  assert.equal(await steps.count(), 3);
  await alice.keyboard.press("Escape");
  await card.getByRole("button", { name: "Not now" }).click();
  await card.waitFor({ state: "detached" });
});
