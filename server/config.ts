import type { LogLevel } from "./log.ts";

/** Where a listener listens. Port 0 means any free one. An IPv6 hostname stands without brackets. */
export interface Endpoint {
  hostname: string;
  port: number;
}

/** A push service besides the browsers' own; with a port it may have any address. */
export interface PushHost {
  hostname: string;
  /** Null: it and every host below its name, on the port of https. */
  port: number | null;
}

export type RelayPolicy = "members" | "open" | "off";
export type RegistrationMode = "open" | "invite" | "closed";
export type FsyncMode = "full" | "normal";
export type LogFormat = "text" | "json";

/** What the host tells about itself on the welcome page. */
export interface HostInfo {
  name: string | null;
  sentence: string | null;
  contact: string | null;
  termsUrl: string | null;
}

/** The NATS servers whose clients this server lets in. */
export interface NatsConfig {
  /** Where it answers them itself; null: nowhere. */
  url: string | null;
  /** Files that are read at the start, with a secret each; absolute paths. */
  issuerSeedFile: string | null;
  calloutSecretFile: string | null;
  /** The account of nats.conf that clients are put into. */
  account: string | null;
}

/**
 * The effective configuration: plain JSON, because it crosses `postMessage` from the supervisor to
 * the server's Worker. Paths are absolute. (Specification page 8)
 */
export interface Config {
  bind: Endpoint;
  relayBind: Endpoint;
  /** Public host name, with `:port` where it is not 443; null stands for `localhost:<bound port>`. */
  server: string | null;
  /** Public URL of the relay; null: derived from the server name and the relay's bound port. */
  relayUrl: string | null;
  /** Base URL of the server that holds the sigchains, without a slash at its end; null: this one does. */
  sigServerUrl: string | null;
  /** Hosts that proofs are fetched from on that port, whatever address they have. */
  proofAllowHosts: Endpoint[];
  /** Push services that are sent to besides those of the browsers. */
  pushHosts: PushHost[];
  /** How push services reach the operator, `mailto:` or https; null: derived from the server's name. */
  vapidSubject: string | null;
  /** Asked for the names of proofs and push services; null: the system's. */
  dnsServer: Endpoint | null;
  dataDir: string;
  /** A file, or the URL of a remote KV. */
  dbPath: string;
  /** Folder of a built client that replaces the one that comes with the server. */
  webDir: string | null;
  /** Outside relays that clients and the server use besides the home relay. */
  relays: string[];
  relayPolicy: RelayPolicy;
  /** The relays of all servers that share the registry, this one's too; empty where it is alone. */
  relayPeers: string[];
  /** The operator's nostr key, 64 hex, which may manage the relay; null: nobody may. (NIP-86) */
  adminPubkey: string | null;
  /** How long private events are kept. */
  retentionS: number;
  registration: RegistrationMode;
  /** Largest blob, and what all of one member's may take, in bytes. */
  blobMaxBytes: number;
  quotaBytes: number;
  host: HostInfo;
  /** CIDRs whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  nats: NatsConfig;
  rateLimits: boolean;
  /** Where Prometheus asks; null: nowhere. */
  metrics: Endpoint | null;
  fsync: FsyncMode;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

/** `host:port`, with the brackets that an IPv6 address needs. */
export function formatEndpoint({ hostname, port }: Endpoint): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
