import { choice } from "./config_values.ts";
import {
  parseAdminPubkey,
  parseAllowHosts,
  parseBytes,
  parseCidrs,
  parseDbPath,
  parseDnsServer,
  parseEndpoint,
  parseNatsAccount,
  parseNatsUrl,
  parsePath,
  parsePushHosts,
  parseRelayPeers,
  parseRelays,
  parseRelayUrl,
  parseRetention,
  parseServer,
  parseSigServerUrl,
  parseText,
  parseVapidSubject,
  parseWebUrl,
} from "./config_values.ts";
import { LOG_LEVELS } from "./log.ts";

/** One setting: `--name` as a flag, `KEZ_CHAT_NAME` in the environment, `name` as a key of the file. */
export interface Option<T> {
  /** Reads what was given. Throws ValueError. */
  parse(text: string): T;
  /** What stands for the value in the help. */
  value: string;
  /** What it decides, with its default. */
  help: string;
}

function option<T>(value: string, help: string, parse: (text: string) => T): Option<T> {
  return { parse, value, help };
}

/** Every setting of this version, in the order in which people read them. (Specification page 8) */
export const OPTIONS = {
  "config": option("FILE", "a JSON file with settings; its keys are these names", parsePath),
  "bind": option("HOST:PORT", "address of the app and its API (0.0.0.0:6969)", parseEndpoint),
  "relay-bind": option("HOST:PORT", "address of the relay (127.0.0.1:6970)", parseEndpoint),
  "relay-url": option(
    "URL",
    "public URL of the relay (from --server: wss://SERVER/relay, or ws://HOST:6970/ on this machine)",
    parseRelayUrl,
  ),
  "server": option(
    "NAME",
    "public host name, with :PORT where it is not 443 (localhost:<bound port>)",
    parseServer,
  ),
  "data": option("FOLDER", "where everything is kept (kez-chat-data)", parsePath),
  "db": option(
    "FILE|URL",
    "the registry's database (kez-chat.db in the data folder); with an https URL a remote KV, whose token is DENO_KV_ACCESS_TOKEN",
    parseDbPath,
  ),
  "web-dir": option("FOLDER", "a built client to serve instead of the own one", parsePath),
  "sig-server-url": option(
    "URL",
    "another server that holds the sigchains (unset: this one does)",
    parseSigServerUrl,
  ),
  "proof-allow-hosts": option(
    "HOST:PORT,…",
    "hosts that proofs are fetched from on that port, whatever address they have (none)",
    parseAllowHosts,
  ),
  "dns-server": option(
    "ADDRESS[:PORT]",
    "the name server that proofs and push services are looked up with (the system's)",
    parseDnsServer,
  ),
  "push-hosts": option(
    "HOST[:PORT],…",
    "push services that are sent to besides the browsers' own; with a port, whatever address they have (none)",
    parsePushHosts,
  ),
  "vapid-subject": option(
    "URL",
    "mailto: or https: address that push services may reach you by (mailto:admin@SERVER)",
    parseVapidSubject,
  ),
  "relays": option(
    "URL,…",
    "outside relays that clients use besides this one; none for no other (five public ones, on this machine's own name none)",
    parseRelays,
  ),
  "relay-policy": option(
    "members|open|off",
    "whose events the relay takes (members); off: no relay runs",
    choice(["members", "open", "off"]),
  ),
  "relay-peers": option(
    "URL,…",
    "the relays of all servers that share one remote KV, this one's too, alike on each; a handle's mail is on one of them (unset: this server is alone)",
    parseRelayPeers,
  ),
  "admin-pubkey": option(
    "NPUB",
    "the nostr key, as npub or 64 hex, that may manage the relay over NIP-86 (unset: nobody may)",
    parseAdminPubkey,
  ),
  "retention": option("TIME", "how long messages are kept, like 12h or 30d (30d)", parseRetention),
  "registration": option(
    "open|invite|closed",
    "who may register (open on this machine's own name, else invite)",
    choice(["open", "invite", "closed"]),
  ),
  "blob-max": option("SIZE", "largest file that the server keeps (32MiB)", parseBytes),
  "quota": option("SIZE", "what the files of one person may take (500MiB)", parseBytes),
  "host-name": option("TEXT", "who runs this server, for its welcome page (unset)", parseText),
  "host-sentence": option("TEXT", "a sentence about it, for its welcome page (unset)", parseText),
  "host-contact": option("TEXT", "how to reach the host (unset)", parseText),
  "terms-url": option("URL", "the host's terms (unset)", parseWebUrl),
  "trusted-proxies": option(
    "CIDR,…",
    "whose X-Forwarded-For is believed (127.0.0.0/8,::1/128)",
    parseCidrs,
  ),
  "nats-url": option(
    "URL",
    "a NATS server whose clients are let in by their handles, nats://HOST:4222 or tls://… (unset)",
    parseNatsUrl,
  ),
  "nats-issuer-seed-file": option(
    "FILE",
    "the secret seed that answers to NATS are signed with; nats-issuer makes it (unset)",
    parsePath,
  ),
  "nats-account": option(
    "NAME",
    "the account of nats.conf that clients are put into (unset)",
    parseNatsAccount,
  ),
  "nats-callout-secret-file": option(
    "FILE",
    "a secret of 32 characters or more; who knows it may ask POST /internal/nats/auth (unset)",
    parsePath,
  ),
  "metrics": option(
    "HOST:PORT",
    "where Prometheus may ask for GET /metrics; whoever reaches it may read it (unset)",
    parseEndpoint,
  ),
  "rate-limits": option("on|off", "off is for load tests (on)", choice(["on", "off"])),
  "fsync": option(
    "full|normal",
    "normal survives kill -9, not a power cut (full)",
    choice(["full", "normal"]),
  ),
  "log-level": option(LOG_LEVELS.join("|"), "the least that is logged (info)", choice(LOG_LEVELS)),
  "log-format": option(
    "text|json",
    "how logs are written (text on a terminal, else json)",
    choice(["text", "json"]),
  ),
} satisfies Record<string, Option<unknown>>;

export type OptionName = keyof typeof OPTIONS;

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

export function isOptionName(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

/** `KEZ_CHAT_RELAY_BIND` for `relay-bind`. */
export function environmentName(option: string): string {
  return `KEZ_CHAT_${option.toUpperCase().replaceAll("-", "_")}`;
}
