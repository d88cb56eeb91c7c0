import assert from "node:assert/strict";
import { startNameServer } from "../support/name_server.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { startStandIn } from "../support/stand_in.ts";
import { authorization, makeAccount, registrationOf } from "./support.ts";

const TOKEN = `kez:ed25519:${"0a".repeat(32)}`;
const DENO_CERT = new URL("../support/tls/ca.pem", import.meta.url).pathname;

/** Registers somebody on a running server. Returns how that person has proofs fetched. */
async function proofFetcher({ url, server }: KezChat) {
  const account = makeAccount();
  const createdAtMs = Date.now();
  const document = registrationOf(account, { handle: "alice", server, createdAtMs });
  const body = JSON.stringify(document);
  const registered = await fetch(`${url}/v1/register`, { method: "POST", body });
  assert.equal(registered.status, 201, await registered.text());
  return async (service: string, subject: string) => {
    const path = `/v1/proofs/${service}/${subject}`;
    const nowMs = Date.now();
    const headers = {
      Authorization: authorization(account, { method: "GET", path, nowMs, server }),
    };
    const response = await fetch(url + path, { headers });
    const { fetched_at: _, ...answer } = await response.json();
    return answer;
  };
}

Deno.test("a running server fetches proofs from where its operator allows, and from no other private address", async () => {
  await using standIn = await startStandIn((_, response) => response.end(TOKEN));
  await using nameServer = await startNameServer({
    "A example.com": [[127, 0, 0, 1]],
    "A example.org": [[127, 0, 0, 1]],
    "TXT _kez.example.com": [[TOKEN]],
  });
  await using server = await startKezChat({
    flags: [
      `--proof-allow-hosts=example.com:${standIn.port}`,
      `--dns-server=127.0.0.1:${nameServer.port}`,
    ],
    env: { DENO_CERT },
  });
  const fetchProof = await proofFetcher(server);
  const fetched = { status: "fetched", evidence: TOKEN };
  assert.deepEqual(await fetchProof("web", "example.com"), fetched);
  assert.deepEqual(await fetchProof("dns", "example.com"), fetched);
  const refused = { status: "unreachable", reason: "forbidden_address", evidence: "" };
  assert.deepEqual(await fetchProof("web", "example.org"), refused);
  assert.equal(standIn.connections, 1);
});

Deno.test("a running server may ask the system's resolver", async () => {
  await using server = await startKezChat({ flags: ["--log-level=debug"] });
  const fetchProof = await proofFetcher(server);
  for (const service of ["dns", "web"]) {
    const { status, reason } = await fetchProof(service, "nobody.invalid");
    assert.ok(status === "fetched" || ["name_not_found", "connection", "timeout"].includes(reason));
  }
  assert.doesNotMatch(server.logs, /NotCapable|Requires \w+ access/);
});
