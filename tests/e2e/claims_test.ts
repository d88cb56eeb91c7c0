import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { startServices } from "../support/service_stand_ins.ts";
import { createAccount, startChat } from "./actions.ts";
import { beginClaim, claim, CLAIMS_CONTEXT, publishClaim } from "./claim_actions.ts";

const GIST_ID = "aa5a315d61ae9438b18d";

Deno.test("a new user adds and proves a claim, and a contact on another server sees it verified", async () => {
  await using services = await startServices();
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  const alice = await browser.newPage({ baseUrl: here.url, context: CLAIMS_CONTEXT });
  const bob = await browser.newPage({ baseUrl: there.url, context: CLAIMS_CONTEXT });
  await createAccount(alice, { url: here.url, handle: "alice" });
  await createAccount(bob, { url: there.url, handle: "bob" });

  await alice.goto("/claims");
  await alice.getByText("No claims yet").waitFor();
  await inspectScreen(alice, "claims-empty");
  await alice.getByRole("button", { name: "Add claim" }).click();
  await alice.getByRole("button", { name: "GitHub" }).waitFor();
  await inspectScreen(alice, "claims-add");

  const text = await beginClaim(alice, { service: "GitHub", account: "Octo-Cat" });
  assert.match(text, /^kez:ed25519:[0-9a-f]{64}$/);
  await inspectScreen(alice, "claims-add-github");

  // Nothing is there yet.
  const publish = alice.getByRole("button", { name: "Check and publish" });
  await alice.getByRole("textbox", { name: "Proof link" }).fill("https://evil.example/");
  await publish.click();
  await alice.getByText("This is not the link of a gist").waitFor();
  const link = `https://gist.github.com/octo-cat/${GIST_ID}`;
  await alice.getByRole("textbox", { name: "Proof link" }).fill(link);
  await publish.click();
  await alice.getByRole("button", { name: "Publish anyway" }).waitFor();
  await alice.locator(":focus", { hasText: "The proof was not seen yet" }).waitFor();
  await inspectScreen(alice, "claims-add-missing");

  services.pages.set(`api.github.com/gists/${GIST_ID}`, {
    body: { public: true, owner: { login: "Octo-Cat" }, files: { "kez.txt": { content: text } } },
  });
  await publish.click();
  await alice.getByRole("heading", { name: "Published" }).waitFor();
  await inspectScreen(alice, "claims-add-done");
  await alice.getByRole("button", { name: "See my claims" }).click();
  await claim(alice, "github octo-cat, verified").waitFor();
  await inspectScreen(alice, "claims");

  await startChat(bob, `alice@${here.server}`);
  await bob.getByRole("button", { name: "Contact details" }).click();
  await claim(bob, "github octo-cat, verified").waitFor();
  await bob.getByText("Also octo-cat on GitHub").scrollIntoViewIfNeeded();
  await inspectScreen(bob, "contact-claims");

  // The proof goes, and then the claim.
  services.pages.clear();
  await bob.getByRole("button", { name: "Check again" }).click();
  await claim(bob, "github octo-cat, failed").waitFor();
  await alice.getByRole("button", { name: "Revoke" }).click();
  await alice.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await alice.getByText("No claims yet").waitFor();
  await bob.getByRole("button", { name: "Check again" }).click();
  await bob.getByText("claims no other accounts").waitFor();
});

Deno.test("identity and dashboard show who one is, what was stated, and how things stand", async () => {
  await using services = await startServices();
  await using server = await startKezChat();
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  const alice = await browser.newPage({ baseUrl: server.url, context: CLAIMS_CONTEXT });
  await createAccount(alice, { url: server.url, handle: "alice" });

  const text = await beginClaim(alice, { service: "Hacker News", account: "alice" });
  services.pages.set("hacker-news.firebaseio.com/v0/user/alice.json", {
    body: { id: "alice", about: `Me.<p>${text}` },
  });
  await publishClaim(alice);

  await alice.goto("/settings");
  await alice.getByRole("link", { name: "Identity" }).click();
  const list = alice.getByRole("list", { name: "Your public list" });
  await list.getByText("Claimed alice (Hacker News)").waitFor();
  assert.equal(await list.getByRole("listitem").count(), 3);
  await inspectScreen(alice, "identity");
  await alice.getByRole("button", { name: "Copy link" }).click();
  const link = await alice.evaluate<string>("navigator.clipboard.readText()");
  assert.equal(link, `${server.url}/u/alice`);
  await alice.getByText("Keys", { exact: true }).click();
  await alice.getByRole("button", { name: "Copy primary" }).click();
  const primary = await alice.evaluate<string>("navigator.clipboard.readText()");
  assert.equal(`kez:${primary}`, text);
  await alice.getByRole("button", { name: "Copy npub" }).click();
  assert.match(await alice.evaluate<string>("navigator.clipboard.readText()"), /^npub1/);
  await alice.getByRole("button", { name: "Share" }).click();
  await alice.getByRole("button", { name: "Back" }).click();
  await alice.getByRole("link", { name: "Dashboard" }).click();
  await alice.getByText("Your claim is verified.").waitFor();
  await claim(alice, "hackernews alice, verified").waitFor();
  await inspectScreen(alice, "dashboard");
  await alice.getByRole("region", { name: "Devices" }).getByRole("link").click();
  const sections = alice.getByRole("navigation", { name: "Sections" });
  await sections.locator("[aria-current]").filter({ hasText: "Storage" }).waitFor();
});

Deno.test("a profile shows anyone the claims; what only a server may fetch needs an account", async () => {
  await using services = await startServices();
  await using server = await startKezChat();
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  const [alice, bob, visitor] = await Promise.all(
    ["alice", "bob", "visitor"].map(() =>
      browser.newPage({ baseUrl: server.url, context: CLAIMS_CONTEXT })
    ),
  );
  await createAccount(alice!, { url: server.url, handle: "alice" });
  await createAccount(bob!, { url: server.url, handle: "bob" });
  const text = await beginClaim(alice!, { service: "Bluesky", account: "alice.example" });
  services.pages.set("public.api.bsky.app/xrpc/app.bsky.actor.getProfile", {
    body: { did: "did:plc:x", handle: "alice.example", description: text },
  });
  await publishClaim(alice!);
  await beginClaim(alice!, { service: "Website", account: "nobody.invalid" });
  await alice!.getByRole("button", { name: "Check and publish" }).click();
  await alice!.getByRole("button", { name: "Publish anyway" }).click();
  await alice!.getByRole("heading", { name: "Published" }).waitFor();

  await visitor!.goto("/u/alice");
  await claim(visitor!, "bluesky alice.example, verified").waitFor();
  await claim(visitor!, "web nobody.invalid, unreachable").waitFor();
  await visitor!.getByText("Only people with an account here can have this checked.").waitFor();
  await inspectScreen(visitor!, "profile-claims");
  await bob!.goto("/u/alice");
  await claim(bob!, "bluesky alice.example, verified").waitFor();
  await claim(bob!, "web nobody.invalid, unreachable").waitFor();
  assert.equal(await bob!.getByText("Only people with an account").count(), 0);
});

Deno.test("another tab adds claims, and each tab shows what the other did", async () => {
  await using services = await startServices();
  await using server = await startKezChat();
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  const first = await browser.newPage({ baseUrl: server.url, context: CLAIMS_CONTEXT });
  await createAccount(first, { url: server.url, handle: "alice" });
  await first.goto("/claims");
  await first.getByText("No claims yet").waitFor();
  const second = await first.context().newPage();
  const text = await beginClaim(second, { service: "Hacker News", account: "alice" });
  services.pages.set("hacker-news.firebaseio.com/v0/user/alice.json", {
    body: { id: "alice", about: text },
  });
  await publishClaim(second);
  await claim(first, "hackernews alice, verified").waitFor();
  await second.getByRole("button", { name: "See my claims" }).click();
  await second.getByRole("button", { name: "Revoke" }).click();
  await second.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await first.getByText("No claims yet").waitFor();
});
