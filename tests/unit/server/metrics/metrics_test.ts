import assert from "node:assert/strict";
import { createCounter, createHistogram } from "../../../../server/metrics/exposition.ts";
import { createMetrics, type Readings } from "../../../../server/metrics/metrics.ts";

const READINGS: Readings = {
  sockets: 3,
  subscriptions: 7,
  handles: 2,
  listener: { connected: 4, waiting: 1 },
  storage: { registry: 10, relay: 20, blobs: 30 },
  freeBytes: 40,
  residentBytes: 50,
};

const metricsOf = () => createMetrics({ startedAtMs: 1_000_500, version: "0.1.0" });

/** The lines of one metric, without its head. */
function linesOf(text: string, name: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(name) && /^[^#]/.test(line));
}

Deno.test("what happens is counted by outcome, and what is, is read", () => {
  const metrics = metricsOf();
  metrics.request("/v1/u/:handle", { method: "GET", status: 200, seconds: 0.003 });
  metrics.request("/v1/u/:handle", { method: "GET", status: 204, seconds: 0.2 });
  metrics.request("app", { method: "BREW", status: 404, seconds: 20 });
  metrics.event(true, "");
  metrics.event(true, "duplicate: this event is already here");
  metrics.event(false, "invalid: the signature is not right");
  metrics.event(false, "what nobody says");
  metrics.delivery(0.004);
  metrics.push("delivered");
  metrics.rateLimited("look_up");
  const text = metrics.text(READINGS);
  assert.deepEqual(linesOf(text, "kez_http_requests_total"), [
    `kez_http_requests_total{route="/v1/u/:handle",method="GET",status="2xx"} 2`,
    `kez_http_requests_total{route="app",method="other",status="4xx"} 1`,
  ]);
  assert.deepEqual(linesOf(text, "kez_relay_events_total"), [
    `kez_relay_events_total{outcome="accepted"} 1`,
    `kez_relay_events_total{outcome="duplicate"} 1`,
    `kez_relay_events_total{outcome="invalid"} 1`,
    `kez_relay_events_total{outcome="other"} 1`,
  ]);
  for (
    const line of [
      `kez_info{version="0.1.0"} 1`,
      "kez_start_time_seconds 1000",
      `kez_http_request_seconds_bucket{route="/v1/u/:handle",le="0.005"} 1`,
      `kez_http_request_seconds_bucket{route="/v1/u/:handle",le="10"} 2`,
      `kez_http_request_seconds_bucket{route="app",le="10"} 0`,
      `kez_http_request_seconds_bucket{route="app",le="+Inf"} 1`,
      `kez_http_request_seconds_count{route="/v1/u/:handle"} 2`,
      `kez_relay_delivery_seconds_bucket{le="0.0025"} 0`,
      `kez_relay_delivery_seconds_bucket{le="0.005"} 1`,
      "kez_relay_delivery_seconds_sum 0.004",
      `kez_pushes_total{outcome="delivered"} 1`,
      `kez_rate_limited_total{rule="look_up"} 1`,
      "kez_relay_sockets 3",
      "kez_relay_subscriptions 7",
      "kez_handles 2",
      `kez_listener_relays{state="connected"} 4`,
      `kez_listener_relays{state="waiting"} 1`,
      `kez_storage_bytes{part="relay"} 20`,
      "kez_storage_free_bytes 40",
      "kez_resident_memory_bytes 50",
    ]
  ) assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
  assert.ok(text.endsWith("\n"));
});

Deno.test("each metric has its head once, before its lines", () => {
  const text = metricsOf().text(READINGS);
  const heads = [...text.matchAll(/^# HELP (\w+) .+\n# TYPE \1 (?:counter|gauge|histogram)$/gm)];
  assert.ok(heads.length > 10);
  assert.equal(new Set(heads.map(([, name]) => name)).size, heads.length);
});

Deno.test("however many values a label is given, the page stays short, and nothing breaks out of a label", () => {
  const counter = createCounter("c", "help", ["a"]);
  for (let i = 0; i < 1_000; i++) counter.add(`value ${i}`);
  const lines = counter.lines();
  assert.equal(lines.length, 2 + 101);
  assert.equal(lines.at(-1), `c{a="other"} 900`);
  const histogram = createHistogram("h", "help", { bounds: [1], labels: ["a"] });
  for (let i = 0; i < 1_000; i++) histogram.observe(2, `value ${i}`);
  assert.equal(histogram.lines().at(-1), `h_count{a="other"} 900`);
  const odd = createCounter("o", "help", ["a"]);
  odd.add('x"} 1\no{a="y\\');
  assert.deepEqual(odd.lines().slice(2), [`o{a="x\\"} 1\\no{a=\\"y\\\\"} 1`]);
});
