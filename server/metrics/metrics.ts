import { createCounter, createHistogram, gaugeLines } from "./exposition.ts";

/** What is read when somebody asks. */
export interface Readings {
  sockets: number;
  subscriptions: number;
  handles: number;
  /** Relays elsewhere that are listened to, by whether the connection stands. */
  listener: { connected: number; waiting: number };
  /** Bytes on the disk, by what takes them. */
  storage: { registry: number; relay: number; blobs: number };
  freeBytes: number;
  residentBytes: number;
}

/** What happens in the server is told here; whoever tells knows nothing of who asks. No label says whom it was about. */
export interface Metrics {
  /** @param route the route's pattern, never the path that was asked for */
  request(route: string, told: { method: string; status: number; seconds: number }): void;
  /** An event was answered, with the message of its OK. */
  event(accepted: boolean, message: string): void;
  /** An event that was taken is on its way to those who listen. */
  delivery(seconds: number): void;
  push(outcome: string): void;
  rateLimited(rule: string): void;
  /** The whole page. */
  text(readings: Readings): string;
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]);
/** The prefixes that OKs have. (NIP-01) */
const REFUSALS = new Set([
  "duplicate",
  "pow",
  "blocked",
  "rate-limited",
  "invalid",
  "restricted",
  "mute",
  "error",
  "auth-required",
]);
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of one server. (Specification page 8, "Logs, privacy, metrics") */
export function createMetrics(
  { startedAtMs, version }: { startedAtMs: number; version: string },
): Metrics {
  const requests = createCounter("kez_http_requests_total", "Requests that were answered.", [
    ...["route", "method", "status"],
  ]);
  const latency = createHistogram(
    "kez_http_request_seconds",
    "From a request to the head of its answer.",
    { bounds: SECONDS, labels: ["route"] },
  );
  const events = createCounter(
    "kez_relay_events_total",
    "Events that the relay answered, those of AUTH included, by outcome.",
    ["outcome"],
  );
  const deliveries = createHistogram(
    "kez_relay_delivery_seconds",
    "From an event's arrival to its way to live subscriptions.",
    { bounds: SECONDS },
  );
  const pushes = createCounter("kez_pushes_total", "Pushes that were sent, by outcome.", [
    "outcome",
  ]);
  const limited = createCounter("kez_rate_limited_total", "What a rate limit refused, by rule.", [
    "rule",
  ]);
  const about = gaugeLines("kez_info", "The version that runs.", {
    label: "version",
    values: { [version]: 1 },
  });
  const started = gaugeLines("kez_start_time_seconds", "When the server started, since 1970.", {
    ...{ label: null, values: { "": Math.floor(startedAtMs / 1000) } },
  });
  return {
    request(route, { method, status, seconds }) {
      requests.add(route, METHODS.has(method) ? method : "other", `${Math.floor(status / 100)}xx`);
      latency.observe(seconds, route);
    },
    event: (accepted, message) => events.add(outcomeOf(accepted, message)),
    delivery: (seconds) => deliveries.observe(seconds),
    push: (outcome) => pushes.add(outcome),
    rateLimited: (rule) => limited.add(rule),
    text: (readings) =>
      [
        ...about,
        ...started,
        ...[requests, latency, events, deliveries, pushes, limited].flatMap((one) => one.lines()),
        ...readingLines(readings),
        "",
      ].join("\n"),
  };
}

/** An accepted duplicate is a duplicate. */
function outcomeOf(accepted: boolean, message: string): string {
  const [prefix] = message.split(":", 1);
  if (REFUSALS.has(prefix!)) return prefix!;
  return accepted ? "accepted" : "other";
}

function readingLines(
  { sockets, subscriptions, handles, listener, storage, freeBytes, residentBytes }: Readings,
): string[] {
  const one = (value: number) => ({ label: null, values: { "": value } });
  return [
    ...gaugeLines("kez_relay_sockets", "Open connections to the relay.", one(sockets)),
    ...gaugeLines("kez_relay_subscriptions", "Live subscriptions.", one(subscriptions)),
    ...gaugeLines("kez_handles", "Handles that somebody has.", one(handles)),
    ...gaugeLines("kez_listener_relays", "Relays elsewhere that are listened to.", {
      label: "state",
      values: listener,
    }),
    ...gaugeLines("kez_storage_bytes", "What lies on the disk.", {
      label: "part",
      values: storage,
    }),
    ...gaugeLines("kez_storage_free_bytes", "Room on the disk of the data.", one(freeBytes)),
    ...gaugeLines("kez_resident_memory_bytes", "Memory of the process.", one(residentBytes)),
  ];
}
