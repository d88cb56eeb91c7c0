import assert from "node:assert/strict";
import { verifyEd25519 } from "../../../../protocol/ed25519.ts";
import {
  entryHash,
  type SigchainEntry,
  signSigchainEntry,
} from "../../../../protocol/sigchain_entry.ts";
import { appendEntry } from "../../../../client/claims/append_entry.ts";
import { isChainUrl, readChain } from "../../../../client/claims/read_chain.ts";
import { isUserError } from "../../../../client/user_error.ts";
import { identitySecret, primary, START_MS } from "./support.ts";
import { type Answer, endless, json, startWeb, type WebStandIn } from "./web_stand_in.ts";

const URL_OF_CHAIN = `https://kez.example/v1/sigchains/${primary.replace(":", "/")}`;

function chainOf(length: number): SigchainEntry[] {
  const entries: SigchainEntry[] = [];
  for (let seq = 0; seq < length; seq++) {
    const last = entries.at(-1);
    const op = seq === 0
      ? { op: "genesis", body: { handle: null } }
      : { op: "claim.add", body: { service: "dns", subject: `d${seq}.example`, proof_url: null } };
    const prev = last ? entryHash(last) : null;
    entries.push(signSigchainEntry(op, { seq, prev, createdAtMs: START_MS, identitySecret }));
  }
  return entries;
}

const read = (web: WebStandIn) =>
  readChain(URL_OF_CHAIN, { primary, fetch: web.fetch, verifyEd25519 });

/** Serves a chain, so many entries a page. */
const paged = (entries: unknown[], size: number): Answer => (url) => {
  const since = Number(url.searchParams.get("since") ?? 0);
  return Response.json({
    primary,
    length: entries.length,
    entries: entries.slice(since, since + size),
  });
};

Deno.test("a chain of several pages is read to its end", async () => {
  const entries = chainOf(7);
  await using web = startWeb(paged(entries, 3));
  const { chain, entries: verified, fault } = await read(web);
  assert.equal(fault, null);
  assert.equal(chain.claims.length, 6);
  assert.deepEqual(verified, entries);
});

Deno.test("a page of a million entries costs no more than a chain that is too long", async () => {
  await using web = startWeb(() =>
    new Response(`{"length":1000000,"entries":[${"0,".repeat(999_999)}0]}`)
  );
  const { chain, fault } = await read(web);
  assert.deepEqual([fault?.reason, chain.hashes.length], ["malformed", 0]);
});

Deno.test("of a chain with an entry that may not stand there the part before is known, and why", async () => {
  const entries = chainOf(4);
  const forged = structuredClone(entries);
  forged[2]!.payload.body.subject = "evil.example";
  await using web = startWeb(paged(forged, 10));
  const { chain, fault } = await read(web);
  assert.deepEqual([fault?.reason, fault?.at], ["bad_signature", 2]);
  assert.equal(chain.hashes.length, 2);
});

Deno.test("a server that hands out one entry a page for ever is given up, and so is one without an end", async () => {
  await using web = startWeb(paged(chainOf(40), 1));
  await assert.rejects(read(web), (error) => isUserError(error, "server_error"));
  assert.equal(web.requests.length, 12);
  await using flood = startWeb(endless);
  await assert.rejects(read(flood), (error) => isUserError(error, "server_error"));
});

for (
  const [how, answer, code] of [
    ["500", json({}, 500), "server_error"],
    ["429", json({}, 429), "rate_limited"],
    ["another shape", json({ entries: 1 }), "server_error"],
    ["a redirect", () => Response.redirect("https://evil.example/"), "no_network"],
  ] as const
) {
  Deno.test(`a server that answers with ${how} shows no chain`, async () => {
    await using web = startWeb(answer);
    await assert.rejects(read(web), (error) => isUserError(error, code));
  });
}

Deno.test("an entry that was appended, came second, was refused, or got lost, are four things", async () => {
  const [entry] = chainOf(1);
  const post = async (answer: Answer) => {
    await using web = startWeb(answer);
    return await appendEntry(URL_OF_CHAIN, { entry: entry!, fetch: web.fetch });
  };
  const problem = (code: string, status: number) => json({ code }, status);
  assert.equal(await post(json({ seq: 0, hash: "" }, 201)), "appended");
  assert.equal(await post(problem("fork", 409)), "taken");
  for (
    const [answer, code] of [
      [problem("chain_full", 409), "chain_full"],
      [problem("stale_timestamp", 400), "clock_wrong"],
      [problem("not_registered", 403), "chain_stranger"],
      [problem("invalid_entry", 400), "server_error"],
      [problem("internal", 500), "no_network"],
      [json({}, 429), "rate_limited"],
    ] as const
  ) {
    await assert.rejects(post(answer), (error) => isUserError(error, code));
  }
});

Deno.test("chains are read over https; from this house only where the home server is in it", () => {
  const isFine = (url: string, mayBePrivate: boolean) => isChainUrl(url, { mayBePrivate });
  assert.ok(isFine("https://kez.example/x", false));
  assert.ok(isFine("http://localhost:6969/x", true));
  for (
    const url of [
      "http://kez.example/",
      "http://localhost:6969/x",
      "https://127.0.0.1/",
      "https://192.168.1.1/reboot",
      "https://nas.local/",
      "https://a:b@kez.example/",
      "javascript:x",
      "",
    ]
  ) {
    assert.ok(!isFine(url, false), url);
  }
  assert.ok(!isFine("http://kez.example/", true));
});
