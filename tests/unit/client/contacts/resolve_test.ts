import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import { nostrPubkeyOf, primaryOf } from "../../../../protocol/identity.ts";
import { signRegistration } from "../../../../protocol/registration.ts";
import { createContactDirectory } from "../../../../client/contacts/resolve.ts";
import type { LookUp } from "../../../../client/look_up.ts";
import { tells } from "../session/support.ts";

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const bob = { identitySecret: random(32), nostrSecret: random(32) };
const primary = primaryOf(bob.identitySecret);

function lookUpOf(server: string, changes: Partial<LookUp> = {}): LookUp {
  const registration = signRegistration({
    ...bob,
    handle: "bob",
    server,
    createdAtMs: 0,
    random: random(32),
  });
  const relays = ["wss://relay.example/"];
  return {
    handle: "bob",
    primary,
    nostr: null,
    relays,
    sigchainUrl: "https://chains.example/v1/sigchains/x",
    registration,
    ...changes,
  };
}

/** Answers by URL; anything else is 404. */
function resolverOver(
  pages: Record<string, unknown>,
  { homeServer = "home.example", home = null }: { homeServer?: string; home?: LookUp | null } = {},
) {
  const asked: string[] = [];
  const { resolve, lookUpPrimary } = createContactDirectory({
    homeServer,
    api: {
      lookUp: (handle) => Promise.resolve(handle === "bob" ? home : null),
      lookUpPrimary: (asked) => Promise.resolve(asked === primary ? home : null),
    },
    verifyEd25519,
    fetch: (url) => {
      asked.push(url);
      const page = pages[url];
      if (page instanceof Error) return Promise.reject(page);
      if (page instanceof Response) return Promise.resolve(page);
      return Promise.resolve(
        new Response(JSON.stringify(page ?? {}), { status: page ? 200 : 404 }),
      );
    },
  });
  return { resolve, lookUpPrimary, asked };
}

function abroad(
  server: string,
  { scheme = "https", self, lookUp }: { scheme?: string; self?: string; lookUp?: unknown } = {},
) {
  const href = self ?? `${scheme}://${server}/v1/u/bob`;
  const resource = encodeURIComponent(`acct:bob@${server}`);
  return {
    [`${scheme}://${server}/.well-known/webfinger?resource=${resource}`]: {
      subject: `acct:bob@${server}`,
      links: [{ rel: "other", href: "https://elsewhere.example/" }, { rel: "self", href }],
    },
    [`${scheme}://${server}/v1/u/bob`]: lookUp ?? lookUpOf(server),
  };
}

for (const input of ["bob", " @Bob ", "bob@home.example"]) {
  Deno.test(`"${input}" is looked up on the home server alone`, async () => {
    const { resolve, asked } = resolverOver({}, { home: lookUpOf("home.example") });
    assert.deepEqual(await resolve(input), {
      primary,
      addr: addrOf(primary),
      handle: "bob",
      server: "home.example",
      fqhn: "bob@home.example",
      relays: ["wss://relay.example/"],
      nostr: nostrPubkeyOf(bob.nostrSecret),
      sigchainUrl: "https://chains.example/v1/sigchains/x",
    });
    assert.deepEqual(asked, []);
  });
}

Deno.test("a foreign handle is found by WebFinger", async () => {
  const { resolve, asked } = resolverOver(abroad("far.example:8443"));
  const found = await resolve("bob@far.example:8443");
  assert.equal(found.primary, primary);
  assert.equal(found.fqhn, "bob@far.example:8443");
  assert.deepEqual(asked, Object.keys(abroad("far.example:8443")));
});

Deno.test("a server on this machine is asked by http, and may name a relay on it", async () => {
  const server = "localhost:7969";
  const relays = ["ws://localhost:7970/"];
  const lookUp = lookUpOf(server, { relays });
  const { resolve } = resolverOver(abroad(server, { scheme: "http", lookUp }));
  assert.deepEqual((await resolve(`bob@${server}`)).relays, relays);
});

Deno.test("of a foreign server's relays at most four are used, and none that is unsafe", async () => {
  const server = "far.example";
  const relays = [
    "ws://far.example/",
    "ws://localhost:6970/",
    "wss://127.0.0.1:6970/",
    "https://far.example/",
    "wss://name:word@far.example/",
    "no url",
    `wss://far.example/${"x".repeat(600)}`,
    "wss://1.example/",
    "wss://2.example/",
    "wss://3.example/",
    "wss://4.example/",
    "wss://5.example/",
  ];
  const { resolve } = resolverOver(abroad(server, { lookUp: lookUpOf(server, { relays }) }));
  assert.deepEqual((await resolve("bob@far.example")).relays, relays.slice(7, 11));
});

for (
  const input of ["", "a", "bob smith", "bob@", "bob@far.example@x", "bob@/path", "bob@ex ample"]
) {
  Deno.test(`"${input}" is no handle`, async () => {
    await assert.rejects(resolverOver({}).resolve(input), tells("invalid_handle"));
  });
}

Deno.test("nobody of that name is told, at home and abroad", async () => {
  const { resolve } = resolverOver({});
  await assert.rejects(resolve("bob"), tells("unknown_handle"));
  await assert.rejects(resolve("bob@far.example"), tells("unknown_handle"));
});

const far = "far.example";
const unknownServers: [what: string, pages: Record<string, unknown>][] = [
  ["a server that cannot be reached", {
    [Object.keys(abroad(far))[0]!]: new TypeError("Failed to fetch"),
  }],
  ["a server with a fault", {
    [Object.keys(abroad(far))[0]!]: new Response("oops", { status: 500 }),
  }],
  ["a page that is no WebFinger", { [Object.keys(abroad(far))[0]!]: new Response("<html>") }],
  ["a link to another origin", abroad(far, { self: "https://elsewhere.example/v1/u/bob" })],
  ["a link to another port", abroad(far, { self: "https://far.example:99/v1/u/bob" })],
  ["a link by another scheme", abroad(far, { self: "http://far.example/v1/u/bob" })],
  ["a link that is no URL", abroad(far, { self: "/v1/u/bob" })],
  ["a look-up of another shape", abroad(far, { lookUp: { handle: "bob" } })],
];
for (const [what, pages] of unknownServers) {
  Deno.test(`${what} is told as a server that is none of ours`, async () => {
    const { resolve } = resolverOver(pages);
    await assert.rejects(resolve("bob@far.example"), tells("unknown_server", /^far\.example$/));
  });
}

const otherPrimary = primaryOf(random(32));
const lies: [what: string, lookUp: LookUp][] = [
  ["for another server", lookUpOf("home.example")],
  ["by another identity", lookUpOf(far, { primary: otherPrimary })],
  ["of nobody", lookUpOf(far, { registration: null })],
  ["with another handle", {
    ...lookUpOf(far),
    registration: signRegistration({
      ...bob,
      handle: "rob",
      server: far,
      createdAtMs: 0,
      random: random(32),
    }),
  }],
];
for (const [what, lookUp] of lies) {
  Deno.test(`a registration ${what} proves nothing`, async () => {
    const { resolve } = resolverOver(abroad(far, { lookUp }));
    await assert.rejects(resolve("bob@far.example"), tells("unproven_handle", /^far\.example$/));
  });
}

Deno.test("the home server is held to the proof as well", async () => {
  const { resolve } = resolverOver({}, { home: lookUpOf(far) });
  await assert.rejects(resolve("bob"), tells("unproven_handle"));
});

Deno.test("who is behind a primary is asked of the home server alone, and proven", async () => {
  const { lookUpPrimary, asked } = resolverOver({}, { home: lookUpOf("home.example") });
  assert.equal((await lookUpPrimary(primary))?.fqhn, "bob@home.example");
  assert.equal(await lookUpPrimary(otherPrimary), null);
  assert.deepEqual(asked, []);
  const lying = resolverOver({}, { home: lookUpOf("home.example", { registration: {} }) });
  await assert.rejects(lying.lookUpPrimary(primary), tells("unproven_handle"));
});
