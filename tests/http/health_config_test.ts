import assert from "node:assert/strict";
import { checkCase, testCases } from "./cases.ts";
import { openTestHttp, RELAY_URL } from "./support.ts";

testCases("GET /v1/healthz", {
  cases: [{
    name: "says that all is well",
    path: "/v1/healthz",
    status: 200,
    answerHeaders: {
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "no-store",
      "RateLimit": null,
    },
    answer: { status: "ok", server: "kez.lat", version: "0.1.0" },
  }],
});

for (
  const [storage, relay] of [[false, true], [true, false], [false, false]] as const
) {
  const words = (isGood: boolean) => isGood ? "ok" : "cannot be written";
  const checks = { storage: words(storage), relay: words(relay) };
  Deno.test(`GET /v1/healthz is 503 where ${JSON.stringify(checks)}`, async () => {
    await using http = await openTestHttp({
      deps: { isStorageWritable: () => Promise.resolve(storage), isRelayWritable: () => relay },
    });
    await checkCase(http, {
      name: "",
      path: "/v1/healthz",
      status: 503,
      answerHeaders: { "Cache-Control": "no-store" },
      answer: { status: "degraded", checks },
    });
  });
}

testCases("GET /v1/config", {
  cases: [{
    name: "tells what a client needs before it has an account",
    path: "/v1/config",
    status: 200,
    answerHeaders: { "Content-Type": "application/json; charset=utf-8" },
    answer: {
      server: "kez.lat",
      version: "0.1.0",
      relay_url: RELAY_URL,
      relays: [],
      registration: "open",
      host: { name: null, sentence: null, contact: null, terms_url: null },
      retention_seconds: 2_592_000,
      blob: { max_bytes: 65_536 },
      services: [
        "dns",
        "web",
        "github",
        "mastodon",
        "bluesky",
        "nostr",
        "hackernews",
        "kez",
      ],
    },
  }],
});

Deno.test("GET /v1/config tells who the host is and that registration is closed", async () => {
  const host = {
    name: "Kez & <b>friends</b>",
    sentence: "For us.",
    contact: "mailto:a@example.org",
    termsUrl: "https://example.org/terms",
  };
  await using http = await openTestHttp({ config: { host, registration: "closed" } });
  const answer = await checkCase(http, { name: "", path: "/v1/config", status: 200 }) as {
    registration: string;
    host: unknown;
  };
  assert.equal(answer.registration, "closed");
  const { termsUrl, ...others } = host;
  assert.deepEqual(answer.host, { ...others, terms_url: termsUrl });
});
