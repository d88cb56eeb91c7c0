import { decode } from "nostr-tools/nip19";
import { isHex } from "../protocol/bytes.ts";
import { isLoopbackServer, isServerName } from "../protocol/handle.ts";
import type { Endpoint, PushHost } from "./config.ts";
import { nearestName } from "./config_nearest_name.ts";
import { parseCidr, parseIp } from "./ip.ts";

/** A value of an option that cannot be used; the message says what is wrong and what a good one looks like. */
export class ValueError extends Error {
  override name = "ValueError";
}

const MAX_VALUE_CHARACTERS = 4096;
const MAX_TEXT_CHARACTERS = 500;

/** `value` in quotes, cut to what fits a line. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

/** Reads `host:port`, `[v6]:port` or `:port` (every IPv4 address of the machine). Throws ValueError. */
export function parseEndpoint(text: string): Endpoint {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]*)):(\d{1,5})$/i.exec(text);
  const hostname = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  const isAddress = match?.[1] === undefined || URL.canParse(`http://[${hostname}]/`);
  if (!match || port > 65535 || !isAddress || !URL.canParse(`http://${match[2] || "a"}/`)) {
    throw new ValueError(
      `${quoted(text)} is not an address and a port, like 127.0.0.1:6969, [::1]:6969 or :6969`,
    );
  }
  return { hostname: (hostname || "0.0.0.0").toLowerCase(), port };
}

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const MIN_RETENTION_S = 60;
const MAX_RETENTION_S = 3650 * 86_400;

/** Reads `30d`, `12h`, `90m`, `3600s` or `2w` as seconds, from a minute to ten years. Throws ValueError. */
export function parseRetention(text: string): number {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  const seconds = match ? Number(match[1]) * SECONDS[match[2]!]! : NaN;
  if (!(seconds >= MIN_RETENTION_S && seconds <= MAX_RETENTION_S)) {
    throw new ValueError(
      `${quoted(text)} is not a time from 1m to 3650d, like 30d, 12h or 90m`,
    );
  }
  return seconds;
}

const BYTES: Record<string, number> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** Reads `32MiB`, `500KiB`, `2GiB` or `1TiB` as bytes. Throws ValueError. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,6})(KiB|MiB|GiB|TiB)$/.exec(text);
  const bytes = match ? Number(match[1]) * BYTES[match[2]!]! : NaN;
  if (!(bytes > 0)) throw new ValueError(`${quoted(text)} is not a size, like 32MiB or 2GiB`);
  return bytes;
}

/** Bytes as {@link parseBytes} reads them, in the largest unit that divides them. */
export function formatBytes(bytes: number): string {
  const [unit, size] = Object.entries(BYTES).findLast(([, size]) => bytes % size === 0)!;
  return `${bytes / size}${unit}`;
}

/** Reads the public host name of a server, in lower case, without the port of https. Throws ValueError. */
export function parseServer(text: string): string {
  const name = text.toLowerCase();
  if (/^[a-z]+:\/\//.test(name) || name.includes("/")) {
    throw new ValueError(
      `${quoted(text)} is a URL; give the host name alone, like kez.lat or kez.lat:8443`,
    );
  }
  if (!isServerName(name)) {
    throw new ValueError(`${quoted(text)} is not a host name, like kez.lat or localhost:6969`);
  }
  return name.replace(/:443$/, "");
}

function parseUrl(text: string, protocols: readonly string[], example: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlain = url !== null && url.username === "" && url.password === "" && url.hash === "";
  if (!isPlain || !protocols.includes(url.protocol)) {
    throw new ValueError(`${quoted(text)} is not a URL like ${example}`);
  }
  return text;
}

/** Reads the public URL of the relay, kept as it is written: registrations hand it on verbatim. Throws ValueError. */
export function parseRelayUrl(text: string): string {
  const url = parseUrl(text, ["ws:", "wss:"], "wss://kez.lat/relay");
  const { protocol, host } = new URL(url);
  if (protocol === "ws:" && !isLoopbackServer(host)) {
    throw new ValueError(
      `${quoted(text)} is not encrypted, and the app refuses that except on localhost; ` +
        `put TLS before the relay and give a wss URL`,
    );
  }
  return url;
}

/** Reads the URL of a page for people. Throws ValueError. */
export function parseWebUrl(text: string): string {
  return parseUrl(text, ["https:", "http:"], "https://kez.lat/terms");
}

/** Reads the base URL of a sigchain server, without a slash at its end. Throws ValueError. */
export function parseSigServerUrl(text: string): string {
  const url = new URL(parseUrl(text, ["https:", "http:"], "https://sig.kez.lat"));
  if (url.search !== "") {
    throw new ValueError(`${quoted(text)} has a query; give the base URL alone`);
  }
  if (url.protocol === "http:" && !isLoopbackServer(url.host)) {
    throw new ValueError(
      `${quoted(text)} is not encrypted, and the app refuses that except on localhost`,
    );
  }
  return url.href.replace(/\/+$/, "");
}

/** Reads hosts with their ports, with commas between them; `none` is the empty list. Throws ValueError. */
export function parseAllowHosts(text: string): Endpoint[] {
  if (text === "none") return [];
  return parseList(text).map((item) => {
    const endpoint = parseEndpoint(item);
    if (parseIp(endpoint.hostname)) {
      throw new ValueError(`${quoted(item)} names an address; proofs are fetched from names alone`);
    }
    return endpoint;
  });
}

/** Reads push services, `HOST` or `HOST:PORT` with commas between them; `none` is the empty list. Throws ValueError. */
export function parsePushHosts(text: string): PushHost[] {
  if (text === "none") return [];
  return parseList(text).map((item) => {
    if (/:\d+$/.test(item)) return parseEndpoint(item);
    if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(item) || parseIp(item)) {
      throw new ValueError(
        `${quoted(item)} is not a host, like push.example.org or 127.0.0.1:8443`,
      );
    }
    return { hostname: item.toLowerCase(), port: null };
  });
}

/** Reads the address that push services may reach the operator by. Throws ValueError. (RFC 8292 §2.1) */
export function parseVapidSubject(text: string): string {
  const isMail = /^mailto:[^\s@<>]+@[^\s@<>]+$/.test(text);
  if (!isMail && !(URL.canParse(text) && new URL(text).protocol === "https:")) {
    throw new ValueError(
      `${quoted(text)} is not an address like mailto:admin@kez.lat or https://kez.lat/contact`,
    );
  }
  return text;
}

/** Reads the address of a name server, port 53 where none is given. Throws ValueError. */
export function parseDnsServer(text: string): Endpoint {
  if (parseIp(text)) return { hostname: text, port: 53 };
  const isEndpoint = /^[^:].*:\d+$/.test(text);
  const endpoint = isEndpoint ? parseEndpoint(text) : null;
  if (endpoint === null || !parseIp(endpoint.hostname)) {
    throw new ValueError(`${quoted(text)} is not the address of a name server, like 9.9.9.9`);
  }
  return endpoint;
}

/** Reads the address of a NATS server. Throws ValueError. */
export function parseNatsUrl(text: string): string {
  const url = new URL(parseUrl(text, ["nats:", "tls:"], "nats://127.0.0.1:4222"));
  if (url.hostname === "" || url.pathname.length > 1 || url.search !== "") {
    throw new ValueError(`${quoted(text)} is not a URL like nats://127.0.0.1:4222`);
  }
  return text;
}

/** Reads the name of an account in nats.conf. Throws ValueError. */
export function parseNatsAccount(text: string): string {
  if (!/^[\w$.-]{1,64}$/.test(text)) {
    throw new ValueError(`${quoted(text)} is not the name of an account in nats.conf, like KEZ`);
  }
  return text;
}

/** Reads CIDRs with commas between them; `none` is the empty list. Throws ValueError. */
export function parseCidrs(text: string): string[] {
  if (text === "none") return [];
  return parseList(text).map((cidr) => {
    if (parseCidr(cidr) === null) {
      throw new ValueError(
        `${
          quoted(cidr)
        } is not an address or a network, like 10.0.0.0/8 or ::1/128; none means nobody`,
      );
    }
    return cidr;
  });
}

/** Clients read each of them over a connection of its own. */
const MAX_RELAYS = 8;

/** Reads the outside relays, with commas between them; `none` is the empty list. Throws ValueError. */
export function parseRelays(text: string): string[] {
  if (text === "none") return [];
  const relays = [...new Set(parseList(text).map(parseRelayUrl))];
  if (relays.length > MAX_RELAYS) {
    throw new ValueError(`these are ${relays.length} relays; at most ${MAX_RELAYS} are handed out`);
  }
  return relays;
}

const MAX_RELAY_PEERS = 1000;

/** Reads the relays of the servers that share a registry, with commas between them. Throws ValueError. */
export function parseRelayPeers(text: string): string[] {
  const relays = [...new Set(parseList(text).map(parseRelayUrl))];
  if (relays.length < 2 || relays.length > MAX_RELAY_PEERS) {
    throw new ValueError(
      "names this server's relay and at least one other, like wss://r1.kez.lat/",
    );
  }
  return relays;
}

/** Reads the path of the registry's database, or the URL of a remote KV. Throws ValueError. */
export function parseDbPath(text: string): string {
  if (!/^https?:/i.test(text)) return parsePath(text);
  const { protocol, host, href } = new URL(
    parseUrl(text, ["https:", "http:"], "https://kv.kez.lat"),
  );
  if (protocol === "http:" && !isLoopbackServer(host)) {
    throw new ValueError(`${quoted(text)} is not encrypted; that is for this machine alone`);
  }
  return href;
}

/** Reads a nostr public key, `npub1…` or hex, as 64 lower-case hex. Throws ValueError. (NIP-19) */
export function parseAdminPubkey(text: string): string {
  // Not in quotes: the message is logged.
  if (/^n(?:crypt)?sec/i.test(text)) {
    throw new ValueError("is a secret key; give the public one, which begins with npub1");
  }
  const hex = text.toLowerCase();
  if (isHex(hex, 32)) return hex;
  const pubkey = decodeNpub(text);
  if (pubkey === null) {
    throw new ValueError(`${quoted(text)} is not a public key: npub1… or 64 hex`);
  }
  return pubkey;
}

function decodeNpub(text: string): string | null {
  try {
    const decoded = decode(text);
    return decoded.type === "npub" ? decoded.data : null;
  } catch {
    // Neither bech32 nor anything of NIP-19.
    return null;
  }
}

/** Reads a path. Throws ValueError. */
export function parsePath(text: string): string {
  if (text.includes("\0") || text.length > MAX_VALUE_CHARACTERS) {
    throw new ValueError("is not a path");
  }
  return text;
}

/** Reads a line for people to read: at most 500 characters, no line breaks. Throws ValueError. */
export function parseText(text: string): string {
  if (text.length > MAX_TEXT_CHARACTERS || /\p{Cc}/u.test(text)) {
    throw new ValueError(`is not one line of at most ${MAX_TEXT_CHARACTERS} characters`);
  }
  return text;
}

/** A parser of one of some words. Throws ValueError. */
export function choice<const T extends string>(words: readonly T[]) {
  return (text: string): T => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    const nearest = nearestName(text, words);
    throw new ValueError(
      `${quoted(text)} is not ${listed(words)}${nearest ? `; did you mean ${nearest}?` : ""}`,
    );
  };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function parseList(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}
