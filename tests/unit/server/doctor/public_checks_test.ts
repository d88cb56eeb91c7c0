import assert from "node:assert/strict";
import {
  type DoctorNetwork,
  publicChecks,
  type PublicPlace,
} from "../../../../server/doctor/public_checks.ts";
import { type Check, runChecks, type Verdict } from "../../../../server/doctor/verdict.ts";
import { isGlobalAddress } from "../../../../server/global_address.ts";

const PLACE: PublicPlace = {
  server: "chat.example.org",
  origin: "https://chat.example.org",
  relayUrl: "wss://chat.example.org/relay",
  isLoopback: false,
  httpPort: 6969,
  relayPort: 6970,
};

const HEALTH = { status: "ok", server: "chat.example.org", version: "1" };
const RELAY = { software: "kez-chat", supported_nips: [1, 11] };
const FORGED_IP = "203.0.113.77";

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });
const text = (value: string, status: number) => new Response(value, { status });

/** A network in which all is well, but for what a test says. */
function network(
  { answers = {}, ...changes }: Partial<DoctorNetwork> & {
    answers?: { health?: Response; relay?: Response };
  } = {},
): DoctorNetwork {
  return {
    addresses: () => Promise.resolve(["93.184.215.14"]),
    handshake: () => Promise.resolve(),
    fetch: (url) =>
      Promise.resolve(
        url.endsWith("/relay") ? answers.relay ?? json(RELAY) : answers.health ?? json(HEALTH),
      ),
    firstMessage: () => Promise.resolve(`["AUTH","abc"]`),
    async callerSeen(_token, { send }) {
      await send();
      return "93.184.215.14";
    },
    ...changes,
  };
}

async function look(
  name: string,
  deps: DoctorNetwork,
  place: Partial<PublicPlace> = {},
): Promise<string[]> {
  const checks = publicChecks({ ...PLACE, ...place }, {
    network: deps,
    isGlobalAddress,
    randomToken: () => "00".repeat(16),
  });
  const lines: string[] = [];
  const one = checks.filter((check) => check.name === name);
  assert.equal(one.length, 1, name);
  await runChecks(one, { timeoutMs: 1_000, print: (line) => lines.push(line) });
  return lines;
}

const fails = (message: string) => () => Promise.reject(new Error(message));
const seenAs = (seen: string | null) => network({ callerSeen: () => Promise.resolve(seen) });

Deno.test("each look at a server from outside has a verdict, and a cure where it is not well", async () => {
  const cases: [string, DoctorNetwork, Verdict["state"], RegExp, RegExp?][] = [
    ["dns", network(), "ok", /leads to 93\.184\.215\.14/],
    ["dns", network({ addresses: fails("the DNS knows no x") }), "bad", /knows no/, /A or AAAA/],
    [
      "dns",
      network({ addresses: () => Promise.resolve(["192.168.1.4"]) }),
      "warn",
      /nobody reaches over the internet/,
      /etc\/hosts/,
    ],
    ["tls", network(), "ok", /certificate of chat\.example\.org is believed/],
    ["tls", network({ handshake: fails("expired") }), "bad", /expired/, /listen on port 443/],
    ["server", network(), "ok", /is well, version 1/],
    ["server", network({ fetch: fails("refused") }), "bad", /refused/, /start the server/],
    [
      "server",
      network({ fetch: fails("dns error: failed to lookup address information") }),
      "bad",
      /dns error/,
      /put right dns/,
    ],
    [
      "relay socket",
      network({ firstMessage: fails("invalid peer certificate: UnknownIssuer") }),
      "bad",
      /UnknownIssuer/,
      /put right tls/,
    ],
    [
      "server",
      network({ answers: { health: text("<html>", 502) } }),
      "bad",
      /answers 502, not as kez-chat/,
      /start the server; where it runs, let the proxy lead .* to port 6969/,
    ],
    [
      "server",
      network({ answers: { health: json({ status: "degraded", checks: { storage: "x" } }, 503) } }),
      "bad",
      /"storage":"x"/,
      /server's log/,
    ],
    [
      "server",
      network({ answers: { health: json({ ...HEALTH, server: "localhost:6969" }) } }),
      "bad",
      /called localhost:6969, not chat\.example\.org/,
      /--server/,
    ],
    ["relay", network(), "ok", /NIP-11/],
    [
      "relay",
      network({ answers: { relay: text("<html>the app</html>", 200) } }),
      "bad",
      /answers 200, not as a relay/,
      /relay's port/,
    ],
    [
      "relay",
      network({ answers: { relay: json({ ...RELAY, software: "strfry" }) } }),
      "warn",
      /a relay of strfry/,
      /fine/,
    ],
    ["relay socket", network(), "ok", /NIP-42/],
    ["relay socket", network({ firstMessage: fails("400") }), "bad", /400/, /Upgrade header/],
    [
      "relay socket",
      network({ firstMessage: () => Promise.resolve(null) }),
      "warn",
      /does not ask who comes/,
      /fine/,
    ],
    ["client IP", network(), "ok", /sees 93\.184\.215\.14/],
    ["client IP", seenAs("2a01:4f8:1:2::/64"), "ok", /sees 2a01:4f8:1:2::\/64/],
    [
      "client IP",
      seenAs(FORGED_IP),
      "bad",
      /visitors can choose their IP/,
      /write the header anew/,
    ],
    ["client IP", seenAs("127.0.0.1"), "bad", /all visitors may count as one/, /X-Forwarded-For/],
    ["client IP", seenAs("0:0:0:0::/64"), "bad", /may count as one/, /X-Forwarded-For/],
    ["client IP", seenAs("172.17.0.1"), "warn", /where that is the proxy/, /--trusted-proxies/],
    ["client IP", seenAs("fd00:1:2:3::/64"), "warn", /count as one/, /no fault where/],
    ["client IP", seenAs(null), "skipped", /no server runs/],
    [
      "client IP",
      network({ callerSeen: fails("another user's") }),
      "bad",
      /another/,
      /as its user/,
    ],
  ];
  for (const [name, deps, state, says, cure] of cases) {
    const [line, next] = await look(name, deps);
    assert.match(line!, new RegExp(`^${state} +${name}  .*${says.source}`));
    if (cure) assert.match(next!, new RegExp(`^ +→ .*${cure.source}`));
    else assert.equal(next, undefined);
  }
});

Deno.test("at this machine's own name there is no proxy to look for", async () => {
  const loopback = { server: "localhost:6969", origin: "http://localhost:6969", isLoopback: true };
  assert.match((await look("dns", network(), loopback))[0]!, /^warn .*own name/);
  for (const name of ["tls", "client IP"]) {
    assert.match((await look(name, network(), loopback))[0]!, /^skipped /);
  }
  const down = await look("server", network({ fetch: fails("refused") }), loopback);
  assert.match(down[1]!, /→ start the server$/);
  for (const name of ["relay", "relay socket"]) {
    assert.match((await look(name, network(), { relayUrl: null }))[0]!, /^skipped .*no relay/);
  }
});

Deno.test("what hangs is bad after its time, and holds up nothing else", async () => {
  const aborted = Promise.withResolvers<void>();
  const hanging = network({
    handshake: (_at, signal) =>
      new Promise<void>(() => signal.addEventListener("abort", () => aborted.resolve())),
  });
  const checks = publicChecks(PLACE, {
    network: hanging,
    isGlobalAddress,
    randomToken: () => "00".repeat(16),
  });
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  assert.equal(await runChecks(checks, { timeoutMs: 20, print }), 1);
  await aborted.promise;
  assert.match(lines.find((line) => / tls /.test(line))!, /^bad +tls +no answer within 0\.02 s$/);
  assert.equal(lines.filter((line) => line.startsWith("ok ")).length, 5);
});

Deno.test("warnings alone leave the exit code 0", async () => {
  const verdicts: Verdict[] = [
    { state: "ok", says: "a" },
    { state: "warn", says: "b", cure: "c" },
    { state: "skipped", says: "d" },
  ];
  const checks = verdicts.map((verdict, i) => ({
    ...{ name: `check ${i}`, cure: "", run: () => Promise.resolve(verdict) },
  }));
  assert.equal(await runChecks(checks, { timeoutMs: 1_000, print() {} }), 0);
});

Deno.test("what somebody else answers in the server's place cannot speak to the terminal", async () => {
  const says = `a relay of \x1b]0;mine\x07\r\nok  ${"x".repeat(60_000)}`;
  const lines: string[] = [];
  const check = { name: "relay", cure: "", run: () => Promise.resolve({ state: "ok", says }) };
  await runChecks([check as Check], { timeoutMs: 1_000, print: (line) => lines.push(line) });
  assert.match(lines[0]!, /^[ -~]+x+…$/);
  assert.ok(lines[0]!.length < 1_200);
});

Deno.test("of an answer that does not end no more is read than an answer has", async () => {
  let pulled = 0;
  const endless = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          pulled++;
          controller.enqueue(new Uint8Array(65_536));
        },
      }),
    );
  const [line] = await look("server", network({ fetch: () => Promise.resolve(endless()) }));
  assert.match(line!, /^bad .*not as kez-chat$/);
  assert.ok(pulled < 10);
});
