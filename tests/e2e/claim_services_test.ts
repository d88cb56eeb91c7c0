import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import { finalizeEvent, generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { startBrowser } from "../support/browser.ts";
import { startNameServer } from "../support/name_server.ts";
import { startKezChat } from "../support/server.ts";
import { type Page as Answer, startServices } from "../support/service_stand_ins.ts";
import { choosePassphrase, createAccount, revealPhrase } from "./actions.ts";
import { beginClaim, claim, CLAIMS_CONTEXT, publishClaim } from "./claim_actions.ts";

const DENO_CERT = new URL("../support/tls/ca.pem", import.meta.url).pathname;
const GIST_ID = "aa5a315d61ae9438b18d";
const GIST_LINK = `https://gist.github.com/alice/${GIST_ID}`;
const BLUESKY = "public.api.bsky.app/xrpc/app.bsky.actor.getProfile";

const gistOf = (text: string) => ({
  public: true,
  owner: { login: "alice" },
  files: { "kez.txt": { content: text } },
});

/** A server that fetches proofs from the stand-ins, and a browser that is led to them as well. */
async function startWorld(records: Parameters<typeof startNameServer>[0]) {
  const stack = new AsyncDisposableStack();
  const services = stack.use(await startServices());
  const nameServer = stack.use(
    await startNameServer({
      "A example.com": [[127, 0, 0, 1]],
      "A api.github.com": [[127, 0, 0, 1]],
      "A social.example": [[127, 0, 0, 1]],
      "A actor.example": [[127, 0, 0, 1]],
      ...records,
    }),
  );
  const { port } = services.standIn;
  const hosts = ["example.com", "api.github.com", "social.example", "actor.example"];
  const server = stack.use(
    await startKezChat({
      flags: [
        `--proof-allow-hosts=${hosts.map((host) => `${host}:${port}`).join(",")}`,
        `--dns-server=127.0.0.1:${nameServer.port}`,
        "--relay-policy=open",
      ],
      env: { DENO_CERT },
    }),
  );
  const browser = stack.use(await startBrowser({ flags: services.browserFlags }));
  const page = await browser.newPage({ baseUrl: server.url, context: CLAIMS_CONTEXT });
  return {
    services,
    server,
    browser,
    page,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Publishes an event to a relay, as some other app does. */
async function publishEvent(relayUrl: string, event: unknown): Promise<void> {
  const socket = new WebSocket(relayUrl);
  const accepted = Promise.withResolvers<void>();
  socket.onopen = () => socket.send(JSON.stringify(["EVENT", event]));
  socket.onmessage = ({ data }) => {
    const [verb, , isTaken, words] = JSON.parse(data);
    if (verb === "OK") isTaken ? accepted.resolve() : accepted.reject(new Error(words));
  };
  await accepted.promise;
  socket.close();
}

Deno.test("every service is proven through the screens, by this client where the service allows it", async () => {
  const txt: string[] = [];
  const records = { "TXT _kez.example.com": [txt] };
  await using world = await startWorld(records);
  const { services, server, page } = world;
  await createAccount(page, { url: server.url, handle: "alice" });
  const token = await beginClaim(page, { service: "Domain", account: "Example.com" });
  txt.push(token);
  await publishClaim(page);

  await beginClaim(page, { service: "Website", account: "example.com" });
  services.pages.set("example.com/.well-known/kez.txt", { body: `${token}\n`, isOpen: false });
  await publishClaim(page);

  await beginClaim(page, { service: "GitHub", account: "alice" });
  await page.getByRole("textbox", { name: "Proof link" }).fill(GIST_LINK);
  services.pages.set(`api.github.com/gists/${GIST_ID}`, { body: gistOf(token) });
  await publishClaim(page);

  await beginClaim(page, { service: "Mastodon", account: "@alice@social.example" });
  const self = { rel: "self", type: "application/activity+json" };
  services.pages.set("social.example/.well-known/webfinger", {
    body: { links: [{ ...self, href: "https://actor.example/users/alice" }] },
  });
  services.pages.set("actor.example/users/alice", {
    body: { summary: "<p>me</p>", attachment: [{ value: `<span>${token}</span>` }] },
  });
  await publishClaim(page);

  await beginClaim(page, { service: "Bluesky", account: "alice.bsky.social" });
  services.pages.set(BLUESKY, { body: { handle: "alice.bsky.social", description: token } });
  await publishClaim(page);

  await beginClaim(page, { service: "Hacker News", account: "Alice" });
  services.pages.set("hacker-news.firebaseio.com/v0/user/Alice.json", {
    body: { id: "Alice", about: token },
  });
  await publishClaim(page);

  const secret = generateSecretKey();
  const npub = npubEncode(getPublicKey(secret));
  await beginClaim(page, { service: "Nostr", account: npub });
  const content = JSON.stringify({ name: "alice", about: token });
  const profile = { kind: 0, created_at: Math.floor(Date.now() / 1000), tags: [], content };
  await publishEvent(server.relayUrl, finalizeEvent(profile, secret));
  await publishClaim(page);

  await page.goto("/claims");
  for (
    const name of [
      "dns example.com, verified via server",
      "web example.com, verified via server",
      "github alice, verified",
      "mastodon @alice@social.example, verified",
      "bluesky alice.bsky.social, verified",
      "hackernews Alice, verified",
      `nostr ${npub}, verified`,
    ]
  ) {
    await claim(page, name).waitFor();
  }
});

Deno.test("an account on another server is proven by the same recovery phrase", async () => {
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser();
  const page = await browser.newPage({ baseUrl: here.url, context: CLAIMS_CONTEXT });
  const other = await browser.newPage({ baseUrl: there.url, context: CLAIMS_CONTEXT });
  await createAccount(page, { url: here.url, handle: "alice" });
  const words = await revealPhrase(page, "Show recovery phrase");
  await other.goto(there.url);
  await other.getByRole("button", { name: "Restore account" }).click();
  await other.getByRole("textbox", { name: "Recovery phrase" }).fill(words.join(" "));
  await other.getByRole("button", { name: "Continue" }).click();
  await other.getByRole("textbox", { name: "Handle" }).fill("alice2");
  await other.getByRole("button", { name: "Continue" }).click();
  await choosePassphrase(other, { button: "Restore account" });

  await beginClaim(page, { service: "kez-chat", account: `alice2@${there.server}` });
  await publishClaim(page);
  await page.getByRole("button", { name: "See my claims" }).click();
  await claim(page, `kez alice2@${there.server}, verified`).waitFor();
});

Deno.test("what services answer in a browser is told apart; where it may not ask, its server does", async () => {
  await using world = await startWorld({});
  const { services, server, page, browser } = world;
  browser.allow(/blocked by CORS policy/);
  await createAccount(page, { url: server.url, handle: "alice" });
  const token = await beginClaim(page, { service: "Bluesky", account: "alice.bsky.social" });
  services.pages.set(BLUESKY, { body: { handle: "alice.bsky.social", description: token } });
  await publishClaim(page);
  await page.getByRole("button", { name: "See my claims" }).click();

  const huge = { handle: "alice.bsky.social", description: token, filler: "x".repeat(300_000) };
  const cases: [answer: Answer, outcome: string, words: string][] = [
    [{ body: { error: "InvalidRequest" }, status: 400 }, "failed", "There is no such account"],
    [{ body: { handle: "alice.bsky.social" } }, "failed", "the text is not there"],
    [{ body: {}, status: 429 }, "unreachable", "asked too often"],
    [{ body: {}, status: 502 }, "unreachable", "answered with an error"],
    [{ body: "<html>" }, "unreachable", "not understood"],
    [{ body: huge }, "unreachable", "too large"],
    [{ body: {}, isOpen: false }, "unreachable", "no connection"],
    [{ body: { handle: "alice.bsky.social", description: token } }, "verified", "This device"],
  ];
  for (const [answer, outcome, words] of cases) {
    services.pages.set(BLUESKY, answer);
    await page.getByRole("button", { name: "Check again" }).click();
    const line = claim(page, `bluesky alice.bsky.social, ${outcome}`);
    await line.filter({ hasText: words }).waitFor();
  }

  await beginClaim(page, { service: "GitHub", account: "alice" });
  await page.getByRole("textbox", { name: "Proof link" }).fill(GIST_LINK);
  // No page may read it, as behind a proxy that strips what lets it.
  services.pages.set(`api.github.com/gists/${GIST_ID}`, { body: gistOf(token), isOpen: false });
  await publishClaim(page);
  await page.goto("/claims");
  await claim(page, "github alice, verified via server").waitFor();
  assert.ok(services.standIn.headers.some((headers) => headers["user-agent"] === "kez-chat"));
});
