import { type Config, formatEndpoint } from "../config.ts";
import { relayPublicUrl, serverName, vapidSubject } from "../config_derived.ts";
import type { LoadedConfig } from "../config_load.ts";
import { formatBytes } from "../config_values.ts";
import { OPTION_NAMES, type OptionName } from "../config_options.ts";

const UNITS = [["d", 86_400], ["h", 3600], ["m", 60], ["s", 1]] as const;

/** `30d` for 2592000: the largest unit that leaves no rest. */
export function formatRetention(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0)!;
  return `${seconds / size}${unit}`;
}

function shownPort(port: number): string {
  return port === 0 ? "<bound port>" : String(port);
}

function shownServer(config: Config): string {
  return serverName(config, 0).replace(/:0$/, `:${shownPort(config.bind.port)}`);
}

function shownRelayUrl(config: Config): string {
  const url = relayPublicUrl(config, { server: config.server ?? "localhost", relayPort: 0 });
  return config.relayUrl ?? url.replace(/:0\/$/, `:${shownPort(config.relayBind.port)}/`);
}

function shownVapidSubject(config: Config): string {
  return vapidSubject(config, serverName(config, config.bind.port));
}

function shownValues(config: Config): Record<Exclude<OptionName, "config">, string> {
  const { host } = config;
  return {
    "bind": formatEndpoint(config.bind),
    "relay-bind": formatEndpoint(config.relayBind),
    "relay-url": shownRelayUrl(config),
    "server": shownServer(config),
    "data": config.dataDir,
    "db": config.dbPath,
    "web-dir": config.webDir ?? "unset",
    "sig-server-url": config.sigServerUrl ?? "unset",
    "proof-allow-hosts": config.proofAllowHosts.map(formatEndpoint).join(",") || "none",
    "dns-server": config.dnsServer ? formatEndpoint(config.dnsServer) : "the system's",
    "push-hosts":
      config.pushHosts.map(({ hostname, port }) =>
        port === null ? hostname : formatEndpoint({ hostname, port })
      ).join(",") || "none",
    "vapid-subject": shownVapidSubject(config),
    "relays": config.relays.join(",") || "none",
    "relay-policy": config.relayPolicy,
    "relay-peers": config.relayPeers.join(",") || "unset",
    "admin-pubkey": config.adminPubkey ?? "unset",
    "retention": formatRetention(config.retentionS),
    "registration": config.registration,
    "blob-max": formatBytes(config.blobMaxBytes),
    "quota": formatBytes(config.quotaBytes),
    "host-name": host.name ?? "unset",
    "host-sentence": host.sentence ?? "unset",
    "host-contact": host.contact ?? "unset",
    "terms-url": host.termsUrl ?? "unset",
    "trusted-proxies": config.trustedProxies.join(",") || "none",
    "nats-url": config.nats.url ?? "unset",
    "nats-issuer-seed-file": config.nats.issuerSeedFile ?? "unset",
    "nats-account": config.nats.account ?? "unset",
    "nats-callout-secret-file": config.nats.calloutSecretFile ?? "unset",
    "metrics": config.metrics ? formatEndpoint(config.metrics) : "unset",
    "rate-limits": config.rateLimits ? "on" : "off",
    "fsync": config.fsync,
    "log-level": config.logLevel,
    "log-format": config.logFormat,
  };
}

/** One line a setting: its name, its effective value, and where that came from. */
export function showConfig({ config, origins }: LoadedConfig): string {
  const values = Object.entries(shownValues(config));
  const nameWidth = Math.max(...OPTION_NAMES.map((name) => name.length));
  const valueWidth = Math.max(...values.map(([, value]) => value.length).filter((n) => n <= 40));
  return values.map(([name, value]) =>
    `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  (${origins[name as OptionName]})\n`
  ).join("");
}
