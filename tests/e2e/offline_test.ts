import assert from "node:assert/strict";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { answerClient } from "../../server/client_routes.ts";
import { loadStaticAssets } from "../../server/static_assets.ts";
import { startBrowser, startProfile } from "../support/browser.ts";
import { openClientFolder } from "../support/client_build.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";
import {
  acceptRequest,
  connected,
  createAccount,
  createPeople,
  expectStatus,
  kept,
  lock,
  message,
  openChat,
  send,
  sendForKeeps,
  SERVER_AWAY,
  startChat,
  unlock,
} from "./actions.ts";
import { button } from "./controls.ts";

const NO_NETWORK = "No network. Messages will leave when it returns.";

Deno.test("without a network the app opens with its history, composes, and sends once it is back", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await send(alice, "before the storm");
  await acceptRequest(bob, "alice");
  await expectStatus(alice, { text: "before the storm", status: "Delivered" });
  await kept(alice);

  await alice.context().setOffline(true);
  await alice.reload();
  await message(alice, "before the storm").waitFor();
  await alice.getByText(NO_NETWORK).waitFor();
  await sendForKeeps(alice, "from the eye of it");
  await expectStatus(alice, { text: "from the eye of it", status: "Sending" });
  await alice.goto("/settings");
  await button(alice, "Lock now").waitFor();
  await alice.goto("/");
  await openChat(alice, "bob");
  await expectStatus(alice, { text: "from the eye of it", status: "Sending" });

  await alice.context().setOffline(false);
  await expectStatus(alice, { text: "from the eye of it", status: "Delivered" });
  await message(bob, "from the eye of it").waitFor();
  assert.equal(await alice.getByText(NO_NETWORK).count(), 0);
});

const RENAMED = { path: "client/text/en/settings.ts", from: "This device", to: "This machine" };

Deno.test("a newer version announces itself in every tab, waits for Reload, and then all tabs have it, drafts kept", async () => {
  await using client = await openClientFolder();
  await client.build();
  await using server = await startKezChat({ flags: ["--web-dir", client.dir] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await kept(page);
  const second = await page.context().newPage();
  await second.goto("/chats");
  await openChat(second, "Note to self");
  const announced = (tab: Page) => tab.getByRole("status").filter({ hasText: "New version" });
  assert.equal(await announced(page).count(), 0);

  await client.build([RENAMED]);
  await server.restart();
  await connected(page);
  await announced(page).waitFor();
  await announced(second).waitFor();
  await inspectScreen(page, "new-version");
  // The old version goes on, pages that were never opened included.
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "This device" }).waitFor();
  const old = await entryOf(page);
  await second.reload();
  await announced(second).waitFor();
  assert.equal(await entryOf(second), old);
  await openNewer(page);
  const composer = second.getByRole("textbox", { name: "Message" });
  await composer.fill("half a thought");

  const reloaded = [page, second].map((tab) => tab.waitForEvent("load"));
  await button(page, "Reload").click();
  await Promise.all(reloaded);
  assert.notEqual(await entryOf(page), old);
  assert.equal(await entryOf(second), await entryOf(page));
  await composer.waitFor();
  assert.equal(await composer.inputValue(), "half a thought");
  await second.close();
  await page.context().setOffline(true);
  await page.reload();
  await page.getByRole("heading", { name: "This machine" }).waitFor();
  assert.equal(await announced(page).count(), 0);
});

/** A tab that comes past the old version, as by a forced reload: the two do not understand each other. */
async function openNewer(page: Page): Promise<void> {
  const tab = await page.context().newPage();
  const devTools = await page.context().newCDPSession(tab);
  await devTools.send("Network.enable");
  await devTools.send("Network.setBypassServiceWorker", { bypass: true });
  await tab.goto("/chats");
  await button(tab, "Use here").waitFor();
  await inspectScreen(tab, "another-version");
  await tab.close();
}

/** Names the build that a page is of. */
function entryOf(page: Page): Promise<string> {
  return page.evaluate(() => document.querySelector<HTMLScriptElement>("script[src]")!.src);
}

Deno.test("a browser that is started again finds the app with its server gone, locks and unlocks, and sends later", async () => {
  await using server = await startKezChat();
  const dir = await Deno.makeTempDir({ prefix: "kez-chat-profile-" });
  await using folder = new AsyncDisposableStack();
  folder.defer(() => Deno.remove(dir, { recursive: true }));
  {
    await using first = await startProfile(dir, { baseUrl: server.url });
    await createAccount(first.page, { url: server.url, handle: "alice" });
    await openChat(first.page, "Note to self");
    await sendForKeeps(first.page, "kept on the device");
    await kept(first.page);
  }
  await server.kill();
  {
    await using again = await startProfile(dir, { baseUrl: server.url });
    const { page } = again;
    await page.goto("/");
    await openChat(page, "Note to self");
    await message(page, "kept on the device").waitFor();
    await page.getByText(SERVER_AWAY).waitFor();
    await lock(page);
    await unlock(page);
    await button(page, "New chat").waitFor();
    await openChat(page, "Note to self");
    await sendForKeeps(page, "written without a server");
    await expectStatus(page, { text: "written without a server", status: "Sending" });
  }
  await server.restart();
  await using last = await startProfile(dir, { baseUrl: server.url });
  await last.page.goto("/");
  await openChat(last.page, "Note to self");
  await expectStatus(last.page, { text: "written without a server", status: "Sent" });
  await expectStatus(last.page, { text: "kept on the device", status: "Sent" });
});

Deno.test("a server that takes connections and answers nothing keeps nobody waiting", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  await sendForKeeps(page, "before it hung");
  await kept(page);
  Deno.kill(server.pid, "SIGSTOP");
  await using waking = new AsyncDisposableStack();
  waking.defer(() => Deno.kill(server.pid, "SIGCONT"));
  await page.reload();
  await message(page, "before it hung").waitFor();
});

Deno.test("what a proxy changes of the app is not kept, and the app runs with its network", async () => {
  await using client = await openClientFolder();
  await client.build();
  const page = join(client.dir, "index.html");
  for (const suffix of [".br", ".gz"]) await Deno.remove(page + suffix);
  await Deno.writeTextFile(page, `${await Deno.readTextFile(page)}<!-- seen -->`);
  await using server = await startKezChat({ flags: ["--web-dir", client.dir] });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  browser.allow(/integrity/);
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  const given = alice.evaluate(async () => {
    const { installing } = await navigator.serviceWorker.register("/service_worker.js");
    if (installing && installing.state !== "redundant") {
      await new Promise((resolve) => installing.addEventListener("statechange", resolve));
    }
    return installing?.state ?? "redundant";
  });
  assert.equal(await within(given, { what: "refusal" }), "redundant");
  await alice.reload();
  await connected(alice);
});

Deno.test("a policy that the server changes holds from a later start on, with the same version", async () => {
  await using client = await openClientFolder();
  await client.build();
  const policyFor = (relayUrl: string) =>
    loadStaticAssets(client.dir, { server: "localhost", relayUrl });
  let assets = await policyFor("ws://old.localhost:1/");
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    return answerClient(request, assets);
  });
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const page = await browser.newPage({ baseUrl: `http://localhost:${server.addr.port}` });
  await page.goto("/nowhere");
  await kept(page);

  assets = await policyFor("ws://new.localhost:1/");
  const policy = async () => (await page.reload())!.headers()["content-security-policy"]!;
  assert.match(await policy(), /old\.localhost/);
  // It is asked for behind the back of a start, which tells of nothing.
  const renewed = async () => {
    while (!/new\.localhost/.test(await policy()));
  };
  await within(renewed(), { what: "new policy" });
});

Deno.test("the app can be installed", async () => {
  await using server = await startKezChat();
  const dir = await Deno.makeTempDir({ prefix: "kez-chat-profile-" });
  await using folder = new AsyncDisposableStack();
  folder.defer(() => Deno.remove(dir, { recursive: true }));
  await using profile = await startProfile(dir, { baseUrl: server.url });
  await profile.page.goto("/");
  await button(profile.page, "Create account").waitFor();
  const devTools = await profile.page.context().newCDPSession(profile.page);
  const { installabilityErrors } = await devTools.send("Page.getInstallabilityErrors");
  assert.deepEqual(installabilityErrors, []);
  const { errors, data } = await devTools.send("Page.getAppManifest");
  assert.deepEqual(errors, []);
  for (const { src, sizes } of JSON.parse(data!).icons) {
    const size = await profile.page.evaluate(async (url) => {
      const image = new Image();
      image.src = url;
      await image.decode();
      return `${image.naturalWidth}x${image.naturalHeight}`;
    }, src);
    if (sizes !== "any") assert.equal(size, sizes, src);
  }
});

const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 " +
  "(KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1";

Deno.test("in a tab on an iPhone the Home Screen comes first, and Continue in browser second", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const context = { userAgent: IPHONE };
  const page = await browser.newPage({ baseUrl: server.url, size: "phone", context });
  await page.goto("/");
  await button(page, "Add to Home Screen").waitFor();
  assert.deepEqual(await page.getByRole("button").allInnerTexts(), [
    "Add to Home Screen",
    "Continue in browser",
  ]);
  await inspectScreen(page, "home-screen");
  await button(page, "Add to Home Screen").click();
  const steps = page.getByRole("dialog", { name: "Add to Home Screen" }).getByRole("listitem");
  assert.equal(await steps.count(), 3);
  await inspectScreen(page, "home-screen-steps");
  await page.keyboard.press("Escape");
  await button(page, "Continue in browser").click();
  await button(page, "Create account").waitFor();
});

Deno.test("on an iPhone an invitation comes along to the Home Screen as a code to copy", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const alice = await browser.newPage({ baseUrl: server.url });
  await createAccount(alice, { url: server.url, handle: "alice" });
  const { primary } = await (await alice.request.get("/v1/u/alice")).json();
  const fingerprint = primary.slice("ed25519:".length).slice(0, 32);
  const context = { userAgent: IPHONE, permissions: ["clipboard-read", "clipboard-write"] };
  const page = await browser.newPage({ baseUrl: server.url, size: "phone", context });
  await page.goto(`/i#c0de.alice.${fingerprint}`);
  await button(page, "Create account").click();
  await button(page, "Add to Home Screen").waitFor();
  await inspectScreen(page, "home-screen-invited");
  await button(page, "Copy code").click();
  const copied = page.evaluate(() => navigator.clipboard.readText());
  const code = `c0de.alice@${server.server}.${fingerprint}`;
  assert.equal(await within(copied, { what: "clipboard" }), code);

  // The code of a server too.
  await page.goto("/i#K7QF-2M9X-0ATB-W5HD");
  await button(page, "Create account").click();
  await button(page, "Copy code").click();
  const second = page.evaluate(() => navigator.clipboard.readText());
  assert.equal(await within(second, { what: "clipboard" }), "K7QF-2M9X-0ATB-W5HD");
  await button(page, "Continue in browser").click();
  await page.getByRole("textbox", { name: "Handle" }).waitFor();
});
