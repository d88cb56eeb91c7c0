import assert from "node:assert/strict";
import { npubEncode } from "nostr-tools/nip19";
import type { NostrEvent } from "../../../../protocol/nostr_event.ts";
import type { ProofAnswer } from "../../../../protocol/proof_answer.ts";
import { type AskServer, createCheckClaim } from "../../../../client/claims/check_claim.ts";
import {
  createJsonFetcher,
  type ProofNetwork,
  ProofUnreachable,
} from "../../../../client/claims/proof_network.ts";
import { primary, START_MS } from "./support.ts";
import { type Answer, endless, json, stalled, startWeb, type WebStandIn } from "./web_stand_in.ts";

const TOKEN = `kez:${primary}`;
const GIST = "https://gist.github.com/octo-cat/aa5a315d61ae9438b18d";
const NPUB = npubEncode("17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917");

interface Asking {
  service: string;
  subject: string;
  proofUrl?: string;
}

const verified = { outcome: "verified", reason: null, atMs: START_MS };
const unreachable = (reason: string) => ({ outcome: "unreachable", reason, atMs: START_MS });
const failed = (reason: string) => ({ outcome: "failed", reason, atMs: START_MS });

/** Checks a claim where the web answers so. */
async function check(
  { service, subject, proofUrl }: Asking,
  { web, askServer = null, ...network }:
    & { web: WebStandIn; askServer?: AskServer | null }
    & Partial<
      ProofNetwork
    >,
) {
  const checkClaim = createCheckClaim({
    network: {
      json: createJsonFetcher(web.fetch, { timeoutMs: 400 }),
      events: () => Promise.reject(new ProofUnreachable("no_network")),
      primaryOf: () => Promise.reject(new ProofUnreachable("no_network")),
      ...network,
    },
    askServer,
    nowMs: () => START_MS,
  });
  return await checkClaim({ service, subject, proofUrl: proofUrl ?? null }, primary);
}

const gist = {
  public: true,
  owner: { login: "Octo-Cat" },
  files: { "kez.txt": { content: `I am ${TOKEN}.` }, "gone.txt": null },
};
const jrd = {
  links: [{
    rel: "self",
    type: "application/activity+json",
    href: "https://actor.example/users/ada",
  }],
};
const actor = { type: "Person", summary: `<p>Hello</p><p>${TOKEN}</p>` };
const mastodon = (answer: Answer): Answer => (url, request) =>
  url.host === "social.example" ? Response.json(jrd) : answer(url, request);

/** Each service, how it answers, and how a proof looks there. */
const SERVICES: { asking: Asking; proof: Answer; none: Answer; requests: string[] }[] = [
  {
    asking: { service: "github", subject: "octo-cat", proofUrl: GIST },
    proof: json(gist),
    none: json({ ...gist, files: { a: { content: `${TOKEN}0` } } }),
    requests: ["api.github.com/gists/aa5a315d61ae9438b18d"],
  },
  {
    asking: { service: "mastodon", subject: "@ada@social.example" },
    proof: mastodon(json(actor)),
    none: mastodon(json({ type: "Person", summary: null, attachment: [{ value: "x" }, {}] })),
    requests: [
      "social.example/.well-known/webfinger?resource=acct%3Aada%40social.example",
      "actor.example/users/ada",
    ],
  },
  {
    asking: { service: "bluesky", subject: "ada.bsky.social" },
    proof: json({ did: "did:plc:x", handle: "ada.bsky.social", description: TOKEN }),
    none: json({ did: "did:plc:x", handle: "ada.bsky.social" }),
    requests: ["public.api.bsky.app/xrpc/app.bsky.actor.getProfile?actor=ada.bsky.social"],
  },
  {
    asking: { service: "hackernews", subject: "pg" },
    proof: json({ id: "pg", about: `Bug fixer.<p>${TOKEN}<p>x` }),
    none: json({ id: "pg", karma: 1 }),
    requests: ["hacker-news.firebaseio.com/v0/user/pg.json"],
  },
];

for (const { asking, proof, none, requests } of SERVICES) {
  const { service } = asking;

  Deno.test(`${service}: an account that holds the token is verified by this client`, async () => {
    await using web = startWeb(proof);
    assert.deepEqual(await check(asking, { web }), verified);
    assert.deepEqual(web.requests, requests);
    assert.ok(web.headers.every((headers) => !headers.has("Cookie") && !headers.has("Referer")));
  });

  Deno.test(`${service}: an account without it has failed`, async () => {
    await using web = startWeb(none);
    assert.deepEqual(await check(asking, { web }), failed("token_missing"));
  });

  for (
    const [how, answer, expected] of [
      ["404", json({ message: "Not Found" }, 404), failed("nobody")],
      ["410", json({}, 410), failed("nobody")],
      ["429", json({}, 429), unreachable("rate_limited")],
      ["403, as for too many requests", json({}, 403), unreachable("rate_limited")],
      ["401", json({}, 401), unreachable("http_status")],
      ["500", json({}, 500), unreachable("http_status")],
      ["a page in place of JSON", () => new Response("<html>"), unreachable("bad_answer")],
      ["JSON of another shape", json([1]), unreachable("bad_answer")],
      ["a body without an end", endless, unreachable("too_large")],
      ["a body that does not come", stalled, unreachable("connection")],
    ] as const
  ) {
    Deno.test(`${service}: ${how} is ${expected.outcome}, ${expected.reason}`, async () => {
      await using web = startWeb(answer as Answer);
      assert.deepEqual(await check(asking, { web }), expected);
    });
  }

  Deno.test(`${service}: without a network it is unreachable`, async () => {
    await using web = startWeb(proof);
    const offline = { ...web, fetch: () => Promise.reject(new TypeError("Failed to fetch")) };
    assert.deepEqual(await check(asking, { web: offline }), unreachable("connection"));
  });
}

for (
  const [how, answer] of [
    ["of somebody else", { ...gist, owner: { login: "eve" } }],
    ["of nobody", { ...gist, owner: null }],
    ["that is secret", { ...gist, public: false }],
  ] as const
) {
  Deno.test(`github: a gist ${how} proves nothing`, async () => {
    await using web = startWeb(json(answer));
    const asking = { service: "github", subject: "octo-cat", proofUrl: GIST };
    assert.deepEqual(await check(asking, { web }), failed("token_missing"));
  });
}

Deno.test("github: what is no gist of that user is not asked for", async () => {
  await using web = startWeb(json(gist));
  for (
    const proofUrl of [undefined, "https://evil.example/octo-cat/aa", GIST.replace("octo", "x")]
  ) {
    const answer = await check({ service: "github", subject: "octo-cat", proofUrl }, { web });
    assert.deepEqual(answer, failed("nobody"));
  }
  assert.deepEqual(web.requests, []);
});

for (
  const href of [
    "http://actor.example/users/ada",
    "https://127.0.0.1/users/ada",
    "https://[::1]/users/ada",
    "https://localhost/users/ada",
    "https://router.local/users/ada",
    "https://actor.example:8443/users/ada",
    "https://ada@actor.example/",
    "javascript:alert(1)",
  ]
) {
  Deno.test(`mastodon: an actor at ${href} is not asked`, async () => {
    const links = [{ rel: "self", type: "application/activity+json", href }];
    await using web = startWeb(json({ links }));
    const answer = await check({ service: "mastodon", subject: "@ada@social.example" }, { web });
    assert.deepEqual(answer, unreachable("forbidden_address"));
    assert.equal(web.requests.length, 1);
  });
}

Deno.test("mastodon: nobody is led from a public name to somewhere else", async () => {
  await using web = startWeb(({ host }, request) =>
    host === "social.example"
      ? Response.redirect(new URL("/router.local/reboot", request.url))
      : Response.json(jrd)
  );
  const answer = await check({ service: "mastodon", subject: "@ada@social.example" }, { web });
  assert.deepEqual(answer, unreachable("connection"));
  assert.equal(web.requests.length, 1);
});

Deno.test("bluesky: an account that is gone has failed, a name that leads nowhere is unreachable", async () => {
  const asking = { service: "bluesky", subject: "ada.bsky.social" };
  for (const error of ["InvalidRequest", "AccountTakedown", "AccountDeactivated"]) {
    await using web = startWeb(json({ error, message: "Profile not found" }, 400));
    assert.deepEqual(await check(asking, { web }), failed("nobody"));
  }
  await using web = startWeb(json({ handle: "handle.invalid", description: TOKEN }));
  assert.deepEqual(await check(asking, { web }), unreachable("bad_answer"));
});

Deno.test("hackernews: nobody of that name has failed", async () => {
  await using web = startWeb(json(null));
  assert.deepEqual(
    await check({ service: "hackernews", subject: "pg" }, { web }),
    failed("nobody"),
  );
});

const event = (kind: number, fields: Partial<NostrEvent>): NostrEvent => ({
  id: "",
  pubkey: "",
  created_at: 1,
  kind,
  tags: [],
  content: "",
  sig: "",
  ...fields,
});

for (
  const [how, events, expected] of [
    ["in a profile's about", [event(0, { content: JSON.stringify({ about: TOKEN }) })], verified],
    ["in a list of identities", [event(10011, { tags: [["i", TOKEN, ""]] })], verified],
    ["nowhere", [event(0, { content: JSON.stringify({ about: "x" }) })], failed("token_missing")],
    ["in a profile that is no JSON", [event(0, { content: TOKEN })], failed("token_missing")],
    [
      "in an older profile alone",
      [event(0, { content: "{}" }), event(0, { content: JSON.stringify({ about: TOKEN }) })],
      failed("token_missing"),
    ],
    ["nowhere, for no relay has the key", [], unreachable("name_not_found")],
  ] as const
) {
  Deno.test(`nostr: the token ${how} is ${expected.outcome}`, async () => {
    await using web = startWeb(json({}));
    const asked: unknown[] = [];
    const answer = await check({ service: "nostr", subject: NPUB }, {
      web,
      events: (author, kinds) => {
        asked.push(author, kinds);
        return Promise.resolve([...events]);
      },
    });
    assert.deepEqual(answer, expected);
    assert.deepEqual(asked[1], [0, 10011]);
  });
}

Deno.test("kez: the other server's registry must name the same identity", async () => {
  await using web = startWeb(json({}));
  const asking = { service: "kez", subject: "ada@kez.example" };
  const says = (answer: string | null) => ({ web, primaryOf: () => Promise.resolve(answer) });
  assert.deepEqual(await check(asking, says(primary)), verified);
  assert.deepEqual(await check(asking, says(`ed25519:${"0".repeat(64)}`)), failed("token_missing"));
  assert.deepEqual(await check(asking, says(null)), failed("nobody"));
  assert.deepEqual(await check(asking, { web }), unreachable("no_network"));
});

const fetched = (evidence: string): ProofAnswer => ({
  status: "fetched",
  fetched_at: "2026-05-25T02:55:00Z",
  evidence,
});
const FETCHED_MS = START_MS - 300_000;

for (const service of ["dns", "web"]) {
  Deno.test(`${service}: the server fetches, this client looks for the token itself`, async () => {
    await using web = startWeb(json({}));
    const asking = { service, subject: "example.com" };
    const by = (answer: ProofAnswer) => ({ web, askServer: () => Promise.resolve(answer) });
    assert.deepEqual(await check(asking, by(fetched(TOKEN))), {
      outcome: "verified_via_server",
      reason: null,
      atMs: FETCHED_MS,
    });
    assert.deepEqual(await check(asking, by(fetched(`${TOKEN}f`))), {
      outcome: "failed",
      reason: "token_missing",
      atMs: FETCHED_MS,
    });
    const gone = { status: "unreachable", reason: "timeout", evidence: "" } as const;
    const answer = by({ ...gone, fetched_at: "2026-05-25T09:00:00Z" });
    assert.deepEqual(await check(asking, answer), unreachable("timeout"));
    assert.deepEqual(await check(asking, { web }), unreachable("needs_account"));
    assert.deepEqual(web.requests, []);
  });
}

for (const { asking, proof } of SERVICES) {
  Deno.test(`${asking.service}: a server is asked only where it may fetch, and this client cannot`, async () => {
    const asked: string[] = [];
    const askServer: AskServer = ({ subject }) => {
      asked.push(subject);
      return Promise.resolve(fetched(TOKEN));
    };
    await using good = startWeb(proof);
    assert.equal((await check(asking, { web: good, askServer })).outcome, "verified");
    assert.deepEqual(asked, []);
    await using bad = startWeb(json({}, 403));
    const mayFetch = asking.service === "github" || asking.service === "mastodon";
    const { outcome } = await check(asking, { web: bad, askServer });
    assert.equal(outcome, mayFetch ? "verified_via_server" : "unreachable");
    assert.equal(asked.length, mayFetch ? 1 : 0);
  });
}

Deno.test("a service that this version does not know is unreachable, a subject that is none has failed", async () => {
  await using web = startWeb(json({}));
  for (const service of ["myspace", "toString", "__proto__"]) {
    assert.deepEqual(
      await check({ service, subject: "x" }, { web }),
      unreachable("unknown_service"),
    );
  }
  const answer = await check({ service: "mastodon", subject: "@a@127.0.0.1" }, { web });
  assert.deepEqual(answer, failed("nobody"));
});
