import { isAbsolute, join, resolve } from "node:path";
import { isLoopbackServer } from "../protocol/handle.ts";
import type { Config, Endpoint } from "./config.ts";
import { isRemoteDatabase } from "./config_derived.ts";
import type { Fault } from "./config_faults.ts";
import { OPTION_NAMES, type OptionName, OPTIONS } from "./config_options.ts";
import { type Given, readEnvironment, readFile, readFlags } from "./config_sources.ts";
import { formatBytes, ValueError } from "./config_values.ts";

/** What a public server hands out. A server on this machine's own name may have no network at all. (Specification page 4) */
const DEFAULT_RELAYS = [
  "wss://relay.damus.io",
  "wss://nos.lol",
  "wss://relay.primal.net",
  "wss://relay.snort.social",
  "wss://nostr.wine",
];

/** Everything that the configuration is read from. */
export interface ConfigSources {
  flags: ReadonlyMap<OptionName, string>;
  environment: Readonly<Record<string, string>>;
  /** Throws where the file cannot be read. */
  readFile(path: string): string;
  isFolder(path: string): boolean;
  /** Relative paths begin here. */
  workingDir: string;
  /** Whether logs go to a terminal. */
  isTerminal: boolean;
}

export interface LoadedConfig {
  config: Config;
  /** Where each setting came from; `default` where nobody gave it. */
  origins: Record<OptionName, string>;
}

/** The configuration, or every fault in it: never only the first. */
export type ConfigResult = LoadedConfig | { faults: Fault[] };

type Values = { [N in OptionName]: ReturnType<(typeof OPTIONS)[N]["parse"]> };

/** Flag, then environment, then file, then default. (Specification page 8) */
export function loadConfig(sources: ConfigSources): ConfigResult {
  const { given, faults } = collect(sources);
  const values = parseAll(given, faults);
  const config = withDefaults(values, sources);
  faults.push(...checkTogether({ config, given, sources }));
  if (faults.length > 0) return { faults };
  const origins = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, given.get(name)?.origin ?? "default"]),
  ) as Record<OptionName, string>;
  return { config, origins };
}

function collect(sources: ConfigSources): { given: Map<OptionName, Given>; faults: Fault[] } {
  const flags = readFlags(sources.flags);
  const environment = readEnvironment(sources.environment);
  const path = (flags.given.get("config") ?? environment.given.get("config"))?.text;
  const file = path === undefined
    ? { given: new Map<OptionName, Given>(), faults: [] }
    : readFile(resolve(sources.workingDir, path), sources.readFile);
  return {
    given: new Map([...file.given, ...environment.given, ...flags.given]),
    faults: [flags, environment, file].flatMap((source) => source.faults),
  };
}

function parseAll(given: ReadonlyMap<OptionName, Given>, faults: Fault[]): Partial<Values> {
  const values: Record<string, unknown> = {};
  for (const [name, { text, where }] of given) {
    try {
      if (text.trim() === "") throw new ValueError("is empty; leave it out, or give a value");
      values[name] = OPTIONS[name].parse(text);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      faults.push({ where, message: error.message });
    }
  }
  return values;
}

function withDefaults(values: Partial<Values>, { workingDir, isTerminal }: ConfigSources): Config {
  const absolute = (path: string) => isAbsolute(path) ? path : resolve(workingDir, path);
  const absoluteOrNull = (path?: string) => path === undefined ? null : absolute(path);
  const server = values.server ?? null;
  const relayUrl = values["relay-url"] ?? null;
  const dataDir = absolute(values.data ?? "kez-chat-data");
  const isLocal = server === null || isLoopbackServer(server);
  return {
    bind: values.bind ?? { hostname: "0.0.0.0", port: 6969 },
    relayBind: values["relay-bind"] ?? defaultRelayBind(relayUrl),
    server,
    relayUrl,
    sigServerUrl: values["sig-server-url"] ?? null,
    proofAllowHosts: values["proof-allow-hosts"] ?? [],
    pushHosts: values["push-hosts"] ?? [],
    vapidSubject: values["vapid-subject"] ?? null,
    dnsServer: values["dns-server"] ?? null,
    dataDir,
    dbPath: dbPathOf(values.db, { dataDir, absolute }),
    webDir: absoluteOrNull(values["web-dir"]),
    relays: values.relays ?? (isLocal ? [] : DEFAULT_RELAYS),
    relayPolicy: values["relay-policy"] ?? "members",
    relayPeers: values["relay-peers"] ?? [],
    adminPubkey: values["admin-pubkey"] ?? null,
    retentionS: values.retention ?? 30 * 86_400,
    blobMaxBytes: values["blob-max"] ?? 32 * 2 ** 20,
    quotaBytes: values.quota ?? 500 * 2 ** 20,
    registration: values.registration ?? (isLocal ? "open" : "invite"),
    host: {
      name: values["host-name"] ?? null,
      sentence: values["host-sentence"] ?? null,
      contact: values["host-contact"] ?? null,
      termsUrl: values["terms-url"] ?? null,
    },
    trustedProxies: values["trusted-proxies"] ?? ["127.0.0.0/8", "::1/128"],
    nats: {
      url: values["nats-url"] ?? null,
      issuerSeedFile: absoluteOrNull(values["nats-issuer-seed-file"]),
      calloutSecretFile: absoluteOrNull(values["nats-callout-secret-file"]),
      account: values["nats-account"] ?? null,
    },
    metrics: values["metrics"] ?? null,
    rateLimits: (values["rate-limits"] ?? "on") === "on",
    fsync: values.fsync ?? "full",
    logLevel: values["log-level"] ?? "info",
    logFormat: values["log-format"] ?? (isTerminal ? "text" : "json"),
  };
}

function dbPathOf(
  db: string | undefined,
  { dataDir, absolute }: { dataDir: string; absolute(path: string): string },
): string {
  if (db === undefined) return join(dataDir, "kez-chat.db");
  return isRemoteDatabase({ dbPath: db }) ? db : absolute(db);
}

/** Open to the network only where the public URL names the relay's own port; else a proxy leads to it. */
function defaultRelayBind(relayUrl: string | null): Endpoint {
  const isPublic = relayUrl !== null && new URL(relayUrl).port === "6970";
  return { hostname: isPublic ? "0.0.0.0" : "127.0.0.1", port: 6970 };
}

function checkTogether(
  { config, given, sources }: {
    config: Config;
    given: ReadonlyMap<OptionName, Given>;
    sources: ConfigSources;
  },
): Fault[] {
  const faults: Fault[] = [];
  if (config.relayPolicy !== "off" && collide(config.bind, config.relayBind)) {
    const where = given.get("relay-bind")?.where ?? given.get("bind")?.where ?? "--relay-bind";
    faults.push({
      where,
      message: `the app and the relay cannot share port ${config.bind.port}; choose another one`,
    });
  }
  if (config.blobMaxBytes > config.quotaBytes) {
    const where = given.get("blob-max")?.where ?? given.get("quota")?.where ?? "--blob-max";
    const message =
      `one file may not be larger than the quota of all, ${formatBytes(config.quotaBytes)}; ` +
      "lower --blob-max or raise --quota";
    faults.push({ where, message });
  }
  if (config.webDir !== null && !sources.isFolder(config.webDir)) {
    const where = given.get("web-dir")?.where ?? "--web-dir";
    faults.push({ where, message: `there is no folder ${config.webDir} that can be read` });
  }
  faults.push(...checkNats(config, given), ...checkPeers(config, given));
  return faults;
}

/** What the NATS settings need of one another. A seed alone is enough for `nats-issuer`. */
function checkNats({ nats }: Config, given: ReadonlyMap<OptionName, Given>): Fault[] {
  if (nats.url === null && nats.calloutSecretFile === null) return [];
  const where = given.get(nats.url === null ? "nats-callout-secret-file" : "nats-url")!.where;
  const missing = [
    ...(nats.issuerSeedFile === null ? ["--nats-issuer-seed-file, which nats-issuer makes"] : []),
    ...(nats.account === null ? ["--nats-account, as nats.conf names it"] : []),
  ];
  if (missing.length === 0) return [];
  return [{ where, message: `this needs besides: ${missing.join("; ")}` }];
}

function checkPeers(
  config: Config,
  given: ReadonlyMap<OptionName, Given>,
): Fault[] {
  if (config.relayPeers.length === 0) return [];
  const { where } = given.get("relay-peers")!;
  const messages = [
    ...(config.relayUrl !== null && config.relayPeers.includes(config.relayUrl)
      ? []
      : ["the own relay is not among them, spelt as --relay-url has it"]),
    ...(isRemoteDatabase(config) ? [] : ["servers share a registry by --db with a URL"]),
    ...(config.relayPolicy === "off" ? ["this server has no relay (--relay-policy off)"] : []),
  ];
  return messages.map((message) => ({ where, message }));
}

function collide(a: Endpoint, b: Endpoint): boolean {
  const isAny = ({ hostname }: Endpoint) => hostname === "0.0.0.0" || hostname === "::";
  return a.port !== 0 && a.port === b.port && (a.hostname === b.hostname || isAny(a) || isAny(b));
}
