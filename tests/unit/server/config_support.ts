import assert from "node:assert/strict";
import type { Config } from "../../../server/config.ts";
import { type ConfigSources, loadConfig } from "../../../server/config_load.ts";
import type { OptionName } from "../../../server/config_options.ts";

/** What a test gives; the rest is an empty environment in /srv. */
export type Given = Partial<Omit<ConfigSources, "flags" | "readFile">> & {
  flags?: Partial<Record<OptionName, string>>;
  /** Text by path. */
  files?: Record<string, string>;
};

/** Everything that loading gives back. */
export function load({ flags = {}, files = {}, ...given }: Given) {
  return loadConfig({
    flags: new Map(Object.entries(flags)) as Map<OptionName, string>,
    environment: {},
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Deno.errors.NotFound(path);
      return text;
    },
    isFolder: (path) => path === "/srv/web",
    workingDir: "/srv",
    isTerminal: false,
    ...given,
  });
}

/** What was loaded; fails where there are faults. */
export function configOf(given: Given): Config {
  const result = load(given);
  if ("faults" in result) assert.fail(JSON.stringify(result.faults));
  return result.config;
}

/** What was wrong; fails where nothing was. */
export function faultsOf(given: Given): Array<{ where: string; message: string }> {
  const result = load(given);
  assert.ok("faults" in result, "it was taken");
  return result.faults;
}

export const PUBLIC_RELAYS = [
  "wss://relay.damus.io",
  "wss://nos.lol",
  "wss://relay.primal.net",
  "wss://relay.snort.social",
  "wss://nostr.wine",
];

/** Without any setting. */
export const DEFAULTS: Config = {
  bind: { hostname: "0.0.0.0", port: 6969 },
  relayBind: { hostname: "127.0.0.1", port: 6970 },
  server: null,
  relayUrl: null,
  dataDir: "/srv/kez-chat-data",
  dbPath: "/srv/kez-chat-data/kez-chat.db",
  webDir: null,
  sigServerUrl: null,
  proofAllowHosts: [],
  ...{ pushHosts: [], vapidSubject: null },
  dnsServer: null,
  relays: [],
  relayPolicy: "members",
  relayPeers: [],
  adminPubkey: null,
  retentionS: 2_592_000,
  blobMaxBytes: 32 * 2 ** 20,
  quotaBytes: 500 * 2 ** 20,
  registration: "open",
  host: { name: null, sentence: null, contact: null, termsUrl: null },
  trustedProxies: ["127.0.0.0/8", "::1/128"],
  nats: { url: null, issuerSeedFile: null, calloutSecretFile: null, account: null },
  metrics: null,
  rateLimits: true,
  fsync: "full",
  logLevel: "info",
  logFormat: "json",
};
