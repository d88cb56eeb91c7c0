import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import { finalizeEvent, generateSecretKey, getPublicKey } from "nostr-tools/pure";
import { startBrowser } from "../support/browser.ts";
import { startNameServer } from "../support/name_server.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { type Page as Answer, startServices } from "../support/service_stand_ins.ts";
import { choosePassphrase, createAccount, revealPhrase } from "./actions.ts";
import { beginClaim, claim, CLAIMS_CONTEXT, publishClaim } from "./claim_actions.ts";

const DENO_CERT = new URL("../support/tls/ca.pem", import.meta.url).pathname;
const GIST_ID = "aa5a315d61ae9438b18d";
const GIST_LINK = `https://gist.github.com/alice/${GIST_ID}`;
const MASTODON_LINKS = "social.example/.well-known/webfinger";
const HACKER_NEWS = "hacker-news.firebaseio.com/v0/user/Alice.json";
const BLUESKY = "public.api.bsky.app/xrpc/app.bsky.actor.getProfile";

type Service = (typeof SERVICES)[keyof typeof SERVICES];

const mastodonLinks = {
  links: [{
    rel: "self",
    type: "application/activity+json",
    href: "https://actor.example/users/alice",
  }],
};
const gistOf = (text: string): unknown => ({
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
  const browser = stack.use(
    await startBrowser({
      hasQuickPassphrases: true,
      hasServiceWorker: false,
      flags: services.browserFlags,
    }),
  );
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
  services.pages.set(MASTODON_LINKS, { body: mastodonLinks });
  services.pages.set("actor.example/users/alice", {
    body: {
      type: "Person",
      summary: "<p>me</p>",
      attachment: [{ value: `<span>${token}</span>` }],
    },
  });
  await publishClaim(page);

  await beginClaim(page, { service: "Bluesky", account: "alice.bsky.social" });
  services.pages.set(BLUESKY, { body: { handle: "alice.bsky.social", description: token } });
  await publishClaim(page);

  await beginClaim(page, { service: "Hacker News", account: "Alice" });
  services.pages.set(HACKER_NEWS, { body: { id: "Alice", about: token } });
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
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
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

/** The last thing that each service is asked for, what shows the proof there, and what shows the account without it. */
const SERVICES = {
  "github alice": {
    place: `api.github.com/gists/${GIST_ID}`,
    proof: gistOf,
    none: { public: true, owner: { login: "alice" }, files: {} },
  },
  "mastodon @alice@social.example": {
    place: "actor.example/users/alice",
    proof: (text: string): unknown => ({ type: "Person", summary: `<p>${text}</p>` }),
    none: { type: "Person", summary: "" },
  },
  "bluesky alice.bsky.social": {
    place: BLUESKY,
    proof: (text: string): unknown => ({ handle: "alice.bsky.social", description: text }),
    none: { handle: "alice.bsky.social" },
  },
  "hackernews Alice": {
    place: HACKER_NEWS,
    proof: (text: string): unknown => ({ id: "Alice", about: text }),
    none: { id: "Alice" },
  },
};

Deno.test("what services answer in a browser is told apart", async () => {
  await using services = await startServices();
  // Its server may ask nobody: what is seen is what this browser was answered.
  await using nameServer = await startNameServer({});
  const flags = [`--dns-server=127.0.0.1:${nameServer.port}`];
  await using server = await startKezChat({ flags });
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: services.browserFlags,
  });
  browser.allow(/blocked by CORS policy/);
  const page = await browser.newPage({ baseUrl: server.url, context: CLAIMS_CONTEXT });
  await createAccount(page, { url: server.url, handle: "alice" });
  const token = await beginClaim(page, { service: "GitHub", account: "alice" });
  services.pages.set(MASTODON_LINKS, { body: mastodonLinks });
  for (const { place, proof } of Object.values(SERVICES)) {
    services.pages.set(place, { body: proof(token) });
  }
  await page.getByRole("textbox", { name: "Proof link" }).fill(GIST_LINK);
  await publishClaim(page);
  for (
    const [service, account] of [
      ["Mastodon", "@alice@social.example"],
      ["Bluesky", "alice.bsky.social"],
      ["Hacker News", "Alice"],
    ] as const
  ) {
    await beginClaim(page, { service, account });
    await publishClaim(page);
  }
  await page.goto("/claims");

  const filler = "x".repeat(300_000);
  const cases: [how: string, answer: (service: Service) => Answer, outcome: string][] = [
    ["without the text", ({ none }) => ({ body: none }), "failed"],
    ["404", () => ({ body: {}, status: 404 }), "failed"],
    ["429", () => ({ body: {}, status: 429 }), "unreachable"],
    ["502", () => ({ body: "<html>", status: 502 }), "unreachable"],
    ["no JSON", () => ({ body: "<html>" }), "unreachable"],
    ["another shape", () => ({ body: [[]] }), "unreachable"],
    ["huge", ({ proof }) => ({ body: { ...proof(token) as object, filler } }), "unreachable"],
    ["closed to pages", ({ proof }) => ({ body: proof(token), isOpen: false }), "unreachable"],
    [
      "a redirect to where no page may read",
      () => ({ body: "", status: 302, location: "https://example.com/closed" }),
      "unreachable",
    ],
    ["stalled", () => ({ body: "", isStalled: true }), "unreachable"],
    ["the proof again", ({ proof }) => ({ body: proof(token) }), "verified"],
  ];
  services.pages.set("example.com/closed", { body: "{}", isOpen: false });
  for (const [how, answer, outcome] of cases) {
    for (const service of Object.values(SERVICES)) {
      services.pages.set(service.place, answer(service));
    }
    await page.getByRole("button", { name: "Check all" }).click();
    await page.getByRole("button", { name: "Check all", disabled: false }).waitFor();
    for (const name of Object.keys(SERVICES)) {
      const line = claim(page, `${name}, ${outcome}`);
      assert.ok(await line.isVisible(), `${name}: ${how}`);
    }
  }
});

Deno.test("where a browser may not ask GitHub or Mastodon, its server does", async () => {
  await using world = await startWorld({});
  const { services, server, page, browser } = world;
  browser.allow(/blocked by CORS policy/);
  await createAccount(page, { url: server.url, handle: "alice" });
  const token = await beginClaim(page, { service: "GitHub", account: "alice" });
  await page.getByRole("textbox", { name: "Proof link" }).fill(GIST_LINK);
  services.pages.set(`api.github.com/gists/${GIST_ID}`, { body: gistOf(token), isOpen: false });
  await publishClaim(page);
  await beginClaim(page, { service: "Mastodon", account: "@alice@social.example" });
  services.pages.set(MASTODON_LINKS, { body: mastodonLinks });
  services.pages.set("actor.example/users/alice", {
    body: { type: "Person", summary: token },
    isOpen: false,
  });
  await publishClaim(page);
  services.pages.set("example.com/.well-known/kez.txt", { body: "nothing here" });
  await beginClaim(page, { service: "Website", account: "example.com" });
  await page.getByRole("button", { name: "Check and publish" }).click();
  await page.getByRole("button", { name: "Publish anyway" }).click();
  await page.getByRole("heading", { name: "Published" }).waitFor();
  await page.goto("/claims");
  await claim(page, "github alice, verified via server").waitFor();
  await claim(page, "mastodon @alice@social.example, verified via server").waitFor();
  await claim(page, "web example.com, failed").waitFor();
  await inspectScreen(page, "claims-several");
  const byServer = services.standIn.headers.filter((all) => all["user-agent"] === "kez-chat");
  assert.ok(byServer.length >= 4);
});
