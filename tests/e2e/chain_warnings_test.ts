import assert from "node:assert/strict";
import { SIZES, startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { startServices } from "../support/service_stand_ins.ts";
import {
  choosePassphrase,
  createAccount,
  message,
  openChat,
  revealPhrase,
  send,
  startChat,
} from "./actions.ts";
import { beginClaim, claim, CLAIMS_CONTEXT, publishClaim } from "./claim_actions.ts";

Deno.test("a server that hides part of a contact's list is noticed by what the contact writes", async () => {
  await using services = await startServices();
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  // What a service worker passes by could not be tampered with on its way.
  const context = { ...CLAIMS_CONTEXT, serviceWorkers: "block" as const };
  const alice = await browser.newPage({ baseUrl: here.url, context: CLAIMS_CONTEXT });
  const bob = await browser.newPage({ baseUrl: there.url, context });
  await createAccount(alice, { url: here.url, handle: "alice" });
  await createAccount(bob, { url: there.url, handle: "bob" });
  const text = await beginClaim(alice, { service: "Hacker News", account: "alice" });
  services.pages.set("hacker-news.firebaseio.com/v0/user/alice.json", {
    body: { id: "alice", about: text },
  });
  await publishClaim(alice);

  const { sigchain_url: chainUrl } = await (await fetch(`${here.url}/v1/u/alice`)).json();
  const whole = await (await fetch(chainUrl)).json();
  const part = { ...whole, length: 1, entries: whole.entries.slice(0, 1) };
  await bob.route(chainUrl, async (route) => {
    // What the app has given up meanwhile needs no answer.
    await route.fulfill({ json: part, headers: { "Access-Control-Allow-Origin": "*" } })
      .catch(() => undefined);
  });
  await startChat(bob, `alice@${here.server}`);
  await alice.goto("/chats");
  await startChat(alice, `bob@${there.server}`);
  await send(alice, "hello");
  await message(bob, "hello").waitFor();
  await bob.getByText("The public list of alice's accounts is not what it was.").waitFor();
  await inspectScreen(bob, "thread-chain-warning");
  // Long names of other servers leave room for the rest of the screen.
  await bob.setViewportSize({ width: 320, height: 640 });
  const sendButton = (await bob.getByRole("button", { name: "Send" }).boundingBox())!;
  assert.ok(sendButton.x + sendButton.width <= 320);
  await bob.setViewportSize(SIZES.desktop);
  await bob.getByRole("button", { name: "See what is wrong" }).click();
  await bob.getByText("Part of this list is missing").scrollIntoViewIfNeeded();
  await inspectScreen(bob, "contact-chain-warning");

  // The server comes to its senses, and all is well again.
  await bob.unrouteAll();
  await bob.goto("/chats");
  await openChat(bob, `alice@${here.server}`);
  await bob.getByRole("button", { name: "Contact details" }).click();
  await claim(bob, "hackernews alice, verified").waitFor();
  await bob.getByText("Part of this list is missing").waitFor({ state: "detached" });
});

Deno.test("where another server holds the lists, they are written and read there", async () => {
  await using services = await startServices();
  await using there = await startKezChat();
  await using here = await startKezChat({ flags: [`--sig-server-url=${there.url}`] });
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  const alice = await browser.newPage({ baseUrl: here.url, context: CLAIMS_CONTEXT });
  const known = await browser.newPage({ baseUrl: there.url, context: CLAIMS_CONTEXT });
  await createAccount(alice, { url: here.url, handle: "alice" });
  const text = await beginClaim(alice, { service: "Bluesky", account: "alice.example" });
  services.pages.set("public.api.bsky.app/xrpc/app.bsky.actor.getProfile", {
    body: { handle: "alice.example", description: text },
  });
  // The other server must know her.
  await alice.getByRole("button", { name: "Check and publish" }).click();
  await alice.getByText("Your claims are kept on a server that does not know you.").waitFor();

  await alice.goto("/chats");
  const words = await revealPhrase(alice, "Show recovery phrase");
  await known.goto(there.url);
  await known.getByRole("button", { name: "Restore account" }).click();
  await known.getByRole("textbox", { name: "Recovery phrase" }).fill(words.join(" "));
  await known.getByRole("button", { name: "Continue" }).click();
  await known.getByRole("textbox", { name: "Handle" }).fill("alice");
  await known.getByRole("button", { name: "Continue" }).click();
  await choosePassphrase(known, { button: "Restore account" });
  await beginClaim(alice, { service: "Bluesky", account: "alice.example" });
  await publishClaim(alice);

  const { primary } = await (await fetch(`${here.url}/v1/u/alice`)).json();
  const path = `/v1/sigchains/${primary.replace(":", "/")}`;
  const chain = await (await fetch(there.url + path)).json();
  assert.equal(chain.length, 3);
  const none = await fetch(here.url + path);
  assert.equal(none.status, 404);
  await none.body?.cancel();
  const visitor = await browser.newPage({ baseUrl: here.url, context: CLAIMS_CONTEXT });
  await visitor.goto("/u/alice");
  await claim(visitor, "bluesky alice.example, verified").waitFor();
});
