import { addrOf } from "../../protocol/addr.ts";
import { testCases } from "./cases.ts";
import { makeAccount, openTestHttp, registrationOf, resigned } from "./support.ts";

const alice = makeAccount();
const silent = makeAccount();
const hex = alice.primary.slice("ed25519:".length);

const self = { rel: "self", type: "application/json", href: "https://kez.lat/v1/u/alice" };
const sigchain = {
  rel: "https://kez.lat/ns/sigchain",
  type: "application/json",
  href: `https://kez.lat/v1/sigchains/ed25519/${hex}`,
};
const relay = { rel: "https://kez.lat/ns/relay", href: "wss://kez.lat/relay" };
const jrd = {
  subject: "acct:alice@kez.lat",
  aliases: ["https://kez.lat/u/alice"],
  properties: {
    "https://kez.lat/ns/primary": alice.primary,
    "https://kez.lat/ns/addr": addrOf(alice.primary),
  },
  links: [self, sigchain, relay],
};

const webfinger = (query: string) => `/.well-known/webfinger?${query}`;
const unknown = {
  status: 404,
  problem: "unknown_handle",
  answerHeaders: { "Access-Control-Allow-Origin": "*" },
} as const;

testCases("WebFinger", {
  prepare: (http) => http.register(alice, "alice"),
  cases: [
    {
      name: "describes an account",
      path: webfinger("resource=acct:alice@kez.lat"),
      status: 200,
      answerHeaders: {
        "Content-Type": "application/jrd+json",
        "Access-Control-Allow-Origin": "*",
        "Location": null,
      },
      answer: jrd,
    },
    {
      name: "takes percent-encoding",
      path: webfinger("resource=acct%3Aalice%40kez.lat"),
      status: 200,
      answer: jrd,
    },
    {
      name: "compares scheme, user and host without case",
      path: webfinger("resource=ACCT:Alice@KEZ.lat"),
      status: 200,
      answer: jrd,
    },
    {
      name: "filters links by rel",
      path: webfinger("resource=acct:alice@kez.lat&rel=self"),
      status: 200,
      answer: { ...jrd, links: [self] },
    },
    {
      name: "filters by several rels",
      path: webfinger("resource=acct:alice@kez.lat&rel=https://kez.lat/ns/relay&rel=self"),
      status: 200,
      answer: { ...jrd, links: [self, relay] },
    },
    {
      name: "gives no links where the rel is unknown",
      path: webfinger("resource=acct:alice@kez.lat&rel=avatar"),
      status: 200,
      answer: { ...jrd, links: [] },
    },
    {
      name: "needs a resource",
      path: "/.well-known/webfinger",
      status: 400,
      problem: "malformed",
      answerHeaders: { "Access-Control-Allow-Origin": "*" },
    },
    {
      name: "needs a resource that is not empty",
      path: webfinger("resource="),
      status: 400,
      problem: "malformed",
    },
    {
      name: "needs a single resource",
      path: webfinger("resource=acct:alice@kez.lat&resource=acct:bob@kez.lat"),
      status: 400,
      problem: "malformed",
    },
    ...[
      ["an unknown user", "acct:bob@kez.lat"],
      ["another host", "acct:alice@example.org"],
      ["another port", "acct:alice@kez.lat:8080"],
      ["a host below this one", "acct:alice@www.kez.lat"],
      ["another scheme", "https://kez.lat/u/alice"],
      ["no scheme", "alice@kez.lat"],
      ["two hosts", "acct:alice@example.org@kez.lat"],
      ["no user", "acct:@kez.lat"],
      ["no host", "acct:alice"],
      ["HTML", "acct:<script>@kez.lat"],
      ["4,000 characters", `acct:${"a".repeat(4_000)}@kez.lat`],
    ].map(([name, resource]) => ({
      name: `does not know ${name}`,
      path: webfinger(`resource=${encodeURIComponent(resource!)}`),
      ...unknown,
    })),
  ],
});

testCases("WebFinger on loopback", {
  open: () => openTestHttp({ server: "localhost:6969", relayUrl: "ws://localhost:6970/" }),
  prepare: (http) => http.register(alice, "alice"),
  cases: [{
    name: "names the port and plain addresses",
    path: webfinger("resource=acct:alice@localhost:6969"),
    status: 200,
    answer: {
      ...jrd,
      subject: "acct:alice@localhost:6969",
      aliases: ["http://localhost:6969/u/alice"],
      links: [
        { ...self, href: "http://localhost:6969/v1/u/alice" },
        { ...sigchain, href: `http://localhost:6969/v1/sigchains/ed25519/${hex}` },
        { ...relay, href: "ws://localhost:6970/" },
      ],
    },
  }],
});

const nobody = { status: 200, answer: { names: {} } } as const;

testCases("NIP-05", {
  prepare: async (http) => {
    await http.register(alice, "alice");
    await http.registry.register(
      resigned(registrationOf(silent, { handle: "silent" }), {
        account: silent,
        members: { nostr: undefined },
      }),
    );
  },
  cases: [
    {
      name: "names the nostr key and its relay",
      path: "/.well-known/nostr.json?name=alice",
      status: 200,
      answerHeaders: {
        "Content-Type": "application/json; charset=utf-8",
        "Access-Control-Allow-Origin": "*",
        "Location": null,
      },
      answer: { names: { alice: alice.nostr }, relays: { [alice.nostr]: ["wss://kez.lat/relay"] } },
    },
    {
      name: "compares names without case",
      path: "/.well-known/nostr.json?name=ALICE",
      status: 200,
      answer: { names: { alice: alice.nostr }, relays: { [alice.nostr]: ["wss://kez.lat/relay"] } },
    },
    { name: "knows no unknown name", path: "/.well-known/nostr.json?name=bob", ...nobody },
    { name: "knows nobody without a key", path: "/.well-known/nostr.json?name=silent", ...nobody },
    { name: "lists nobody", path: "/.well-known/nostr.json", ...nobody },
    { name: "knows nobody of an empty name", path: "/.well-known/nostr.json?name=", ...nobody },
    { name: "is not confused", path: "/.well-known/nostr.json?name=__proto__", ...nobody },
    {
      name: "bears 4,000 characters",
      path: `/.well-known/nostr.json?name=${"a".repeat(4_000)}`,
      ...nobody,
    },
  ],
});
