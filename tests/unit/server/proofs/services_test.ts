import assert from "node:assert/strict";
import type { ProofAnswer } from "../../../../protocol/proof_answer.ts";
import { createProofs } from "../../../../server/proofs/proofs.ts";
import { createResolver } from "../../../../server/resolver.ts";
import { Problem } from "../../../../server/problems.ts";
import { type NameServer, startNameServer } from "../../../support/name_server.ts";
import { type Handle, type StandIn, startStandIn } from "../../../support/stand_in.ts";
import { recordingLog } from "../../../http/support.ts";
import { fakeResolver, fetchTextTo, PUBLIC } from "./support.ts";

const TOKEN = `kez:ed25519:${"0a".repeat(32)}`;
const NAMES = ["example.com", "example.org", "api.github.com", "social.example", "actor.example"];
const START_MS = Date.parse("2026-05-25T03:00:00Z");

interface World {
  standIn: StandIn;
  clock: { nowMs: number };
  fetch(service: string, subject: string, proofUrl?: string): Promise<ProofAnswer>;
}

async function withServices(
  handle: Handle,
  run: (world: World) => Promise<void>,
  { nameServer = null, timeoutMs }: { nameServer?: NameServer | null; timeoutMs?: number } = {},
): Promise<void> {
  await using standIn = await startStandIn(handle);
  const resolver = nameServer
    ? createResolver(nameServer)
    : fakeResolver(Object.fromEntries(NAMES.map((name) => [name, [PUBLIC]])));
  const clock = { nowMs: START_MS };
  const { fetchText } = fetchTextTo(standIn, resolver);
  const log = recordingLog([]);
  const proofs = createProofs({ fetchText, resolver, nowMs: () => clock.nowMs, log, timeoutMs });
  const fetch: World["fetch"] = (service, subject, proofUrl) =>
    proofs.fetch({ service, subject, proofUrl: proofUrl ?? null });
  await run({ standIn, clock, fetch });
}

const fetched_at = "2026-05-25T03:00:00Z";
const found = (evidence: string) => ({ status: "fetched", evidence, fetched_at });
const unreachable = (reason: string) => ({
  status: "unreachable",
  reason,
  evidence: "",
  fetched_at,
});

const json = (value: unknown): Handle => (_, response) =>
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
const status = (code: number): Handle => (_, response) => response.writeHead(code).end("<p>no</p>");

Deno.test("web: the text at the well-known place is the evidence", async () => {
  await withServices(
    (_, response) => response.end(`I am ${TOKEN}\n`),
    async ({ fetch, standIn }) => {
      assert.deepEqual(await fetch("web", "Example.com"), found(`I am ${TOKEN}\n`));
      assert.deepEqual(standIn.requests, ["example.com/.well-known/kez.txt"]);
    },
  );
});

for (
  const [code, answer] of [
    [404, found("")],
    [410, found("")],
    [500, unreachable("http_status")],
    [429, unreachable("rate_limited")],
    [204, unreachable("http_status")],
  ] as const
) {
  Deno.test(`web: ${code} is ${answer.status}`, async () => {
    await withServices(status(code), async ({ fetch }) => {
      assert.deepEqual(await fetch("web", "example.com"), answer);
    });
  });
}

Deno.test("web: a name that nobody has is unreachable", async () => {
  await withServices(status(200), async ({ fetch, standIn }) => {
    assert.deepEqual(await fetch("web", "nobody.example"), unreachable("name_not_found"));
    assert.equal(standIn.connections, 0);
  });
});

Deno.test("web: a site that never answers is unreachable when the time is over", async () => {
  await withServices(() => undefined, async ({ fetch }) => {
    assert.deepEqual(await fetch("web", "example.com"), unreachable("timeout"));
  }, { timeoutMs: 300 });
});

const GIST_URL = "https://gist.github.com/octo-cat/aa5a315d61ae9438b18d";
const gist = {
  id: "aa5a315d61ae9438b18d",
  public: true,
  owner: { login: "Octo-Cat", id: 1 },
  files: {
    "a.md": { filename: "a.md", truncated: false, content: "hello" },
    "kez.txt": { filename: "kez.txt", truncated: false, content: TOKEN },
  },
};

Deno.test("github: the files of the user's own gist are the evidence", async () => {
  await withServices(json(gist), async ({ fetch, standIn }) => {
    assert.deepEqual(await fetch("github", "octo-cat", GIST_URL), found(`hello\n${TOKEN}`));
    assert.deepEqual(standIn.requests, ["api.github.com/gists/aa5a315d61ae9438b18d"]);
    assert.equal(standIn.headers[0]!["user-agent"], "kez-chat");
  });
});

const NO_PROOFS: [name: string, handle: Handle, answer: unknown][] = [
  ["another's gist", json({ ...gist, owner: { login: "eve" } }), found("")],
  ["nobody's gist", json({ ...gist, owner: null }), found("")],
  ["a secret gist", json({ ...gist, public: false }), found("")],
  ["a gist that is gone", status(404), found("")],
  ["the API's rate limit", status(403), unreachable("rate_limited")],
  ["an answer of another shape", json([]), unreachable("bad_answer")],
  ["an answer that is no JSON", status(200), unreachable("bad_answer")],
];

for (const [name, handle, answer] of NO_PROOFS) {
  Deno.test(`github: ${name} proves nothing`, async () => {
    await withServices(handle, async ({ fetch }) => {
      assert.deepEqual(await fetch("github", "octo-cat", GIST_URL), answer);
    });
  });
}

const jrd = (href: string) => ({
  subject: "acct:ada@social.example",
  links: [
    { rel: "http://webfinger.net/rel/profile-page", type: "text/html", href: "https://x.example/" },
    { rel: "self", type: "application/activity+json", href },
    { rel: "http://ostatus.org/schema/1.0/subscribe", template: "https://x.example/{uri}" },
  ],
});
const actor = {
  type: "Person",
  preferredUsername: "ada",
  summary: `<p>Hello &amp; welcome<br />${TOKEN}</p>`,
  attachment: [{ type: "PropertyValue", name: "kez", value: `<span>${TOKEN}</span>` }, {}],
};

function mastodon(href: string, answer: Handle = json(actor)): Handle {
  return (request, response) =>
    request.url!.startsWith("/.well-known/webfinger")
      ? json(jrd(href))(request, response)
      : answer(request, response);
}

Deno.test("mastodon: bio and fields of the actor that WebFinger names are the evidence, as text", async () => {
  await withServices(mastodon("https://actor.example/users/ada"), async ({ fetch, standIn }) => {
    const answer = await fetch("mastodon", "@Ada@social.example");
    assert.deepEqual(answer, found(`Hello & welcome\n${TOKEN}\n\n${TOKEN}\n`));
    assert.deepEqual(standIn.requests, [
      "social.example/.well-known/webfinger?resource=acct%3Aada%40social.example",
      "actor.example/users/ada",
    ]);
    assert.equal(standIn.headers[1]!.accept, "application/activity+json");
  });
});

for (
  const href of [
    "https://127.0.0.1/users/ada",
    "https://actor.example:8443/users/ada",
    "http://actor.example/users/ada",
    "https://localhost/users/ada",
  ]
) {
  Deno.test(`mastodon: an actor at ${href} is not asked`, async () => {
    await withServices(mastodon(href), async ({ fetch, standIn }) => {
      const answer = await fetch("mastodon", "@ada@social.example");
      assert.deepEqual(answer, unreachable("forbidden_address"));
      assert.equal(standIn.connections, 1);
    });
  });
}

Deno.test("mastodon: nobody of that name, and an actor that is gone, prove nothing", async () => {
  await withServices(status(404), async ({ fetch }) => {
    assert.deepEqual(await fetch("mastodon", "@ada@social.example"), found(""));
  });
  await withServices(mastodon("https://actor.example/a", status(410)), async ({ fetch }) => {
    assert.deepEqual(await fetch("mastodon", "@ada@social.example"), found(""));
  });
});

Deno.test("dns: the TXT records of _kez are the evidence, out of their pieces", async () => {
  await using nameServer = await startNameServer({
    "TXT _kez.example.com": [["v=1"], [TOKEN.slice(0, 20), TOKEN.slice(20)]],
    "A example.com": [[1, 1, 1, 1]],
  });
  await withServices(status(404), async ({ fetch, standIn }) => {
    const answer = await fetch("dns", "example.com");
    assert.equal(answer.status, "fetched");
    assert.deepEqual(answer.evidence.split("\n").sort(), [TOKEN, "v=1"].sort());
    assert.deepEqual(nameServer.questions, ["TXT _kez.example.com"]);
    assert.deepEqual(await fetch("dns", "example.org"), found(""));
    assert.equal(standIn.connections, 0);
  }, { nameServer });
});

Deno.test("dns: the name server that is configured also says where sites are", async () => {
  await using nameServer = await startNameServer({
    "A example.com": [[1, 1, 1, 1]],
    "A example.org": [[1, 1, 1, 1], [10, 0, 0, 1]],
  });
  await withServices((_, response) => response.end(TOKEN), async ({ fetch }) => {
    assert.deepEqual(await fetch("web", "example.com"), found(TOKEN));
    assert.deepEqual(await fetch("web", "example.org"), unreachable("forbidden_address"));
    assert.deepEqual(await fetch("web", "nobody.example"), unreachable("name_not_found"));
  }, { nameServer });
});

Deno.test("dns: a name server that never answers is unreachable when the time is over", async () => {
  await using nameServer = await startNameServer({}, { isSilent: true });
  await withServices(status(404), async ({ fetch }) => {
    assert.deepEqual(await fetch("dns", "example.com"), unreachable("timeout"));
    assert.ok(nameServer.questions.length > 0);
  }, { nameServer, timeoutMs: 300 });
});

for (
  const [service, subject, url] of [
    ["web", "127.0.0.1"],
    ["web", "localhost"],
    ["web", "example.com:8443"],
    ["web", "example.com/x"],
    ["web", "user@example.com"],
    ["dns", "example"],
    ["mastodon", "@a@[::1]"],
    ["github", "octo-cat"],
    ["github", "octo-cat", "https://evil.example/octo-cat/aa"],
    ["github", "octo-cat", "https://gist.github.com/eve/aa5a315d61ae9438b18d"],
    ["bluesky", "example.com"],
    ["hackernews", "pg"],
    ["toString", "x"],
    ["__proto__", "x"],
  ]
) {
  Deno.test(`no fetch is made for ${service} ${subject} ${url ?? ""}`, async () => {
    await withServices(status(200), async ({ fetch, standIn }) => {
      await assert.rejects(
        fetch(service!, subject!, url),
        (error) => error instanceof Problem && error.code === "malformed",
      );
      assert.equal(standIn.connections, 0);
    });
  });
}

Deno.test("a proof is fetched once in ten minutes, however many ask; one without a token after 30 s", async () => {
  let text = TOKEN;
  await withServices((_, response) => response.end(text), async ({ fetch, standIn, clock }) => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => fetch("web", "example.com")),
    );
    assert.equal(new Set(answers.map(({ evidence }) => evidence)).size, 1);
    clock.nowMs += 599_999;
    await fetch("web", "EXAMPLE.com", "https://example.com/?x");
    assert.equal(standIn.requests.length, 1);
    text = "none";
    clock.nowMs += 1;
    assert.equal((await fetch("web", "example.com")).evidence, "none");
    clock.nowMs += 29_999;
    await fetch("web", "example.com");
    assert.equal(standIn.requests.length, 2);
    clock.nowMs += 1;
    await fetch("web", "example.com");
    assert.equal(standIn.requests.length, 3);
  });
});

Deno.test("evidence has at most 16 KiB, and what is around tokens before all else", async () => {
  const filler = "ü ".repeat(30_000);
  let text = `${filler}${TOKEN}x ${filler}`;
  await withServices((_, response) => response.end(text), async ({ fetch }) => {
    const { evidence } = await fetch("web", "example.com");
    assert.ok(evidence.includes(`${TOKEN}x`));
    assert.ok(evidence.length < 1_000);
    text = filler;
    const cut = (await fetch("web", "example.org")).evidence;
    const bytes = new TextEncoder().encode(cut).length;
    assert.ok(bytes <= 16_384 && bytes > 16_000);
  });
});
