import { faultReason } from "../fault_reason.ts";
import { bad, type Check, ok, skipped, type Verdict, warn } from "./verdict.ts";

/** What the doctor reaches others by. Everything ends with its signal, and throws where it fails. */
export interface DoctorNetwork {
  /** Every address of a name, at least one. */
  addresses(host: string, signal: AbortSignal): Promise<string[]>;
  /** Ends when the handshake has, with a certificate that this machine believes. */
  handshake(at: { hostname: string; port: number }, signal: AbortSignal): Promise<void>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Opens a WebSocket and gives its first message; null where it says nothing by itself. */
  firstMessage(url: string, signal: AbortSignal): Promise<string | null>;
  /** The client that the running server counts a request for that brings a token; null where none runs here. */
  callerSeen(
    token: string,
    { send, signal }: { send(): Promise<void>; signal: AbortSignal },
  ): Promise<string | null>;
}

/** How the server is reached from outside. */
export interface PublicPlace {
  /** Its name, with its port where it has one. */
  server: string;
  /** `https://chat.example.org` */
  origin: string;
  /** Null where no relay runs, and none is named. */
  relayUrl: string | null;
  /** Others cannot reach it by this name. */
  isLoopback: boolean;
  httpPort: number;
  relayPort: number;
}

const PROXY = `docs/operations.md, "A reverse proxy"`;
/** An address of documentation (RFC 5737): nobody's. */
const FORGED_IP = "203.0.113.77";
/** `::1`, as clients are counted. */
const LOOPBACK_V6 = "0:0:0:0::/64";
const MAX_ANSWER_CHARACTERS = 65_536;

/** The checks of what others see of the server. (Specification page 8, `doctor`) */
export function publicChecks(
  place: PublicPlace,
  { network, isGlobalAddress, randomToken }: {
    network: DoctorNetwork;
    isGlobalAddress(ip: string): boolean;
    randomToken(): string;
  },
): Check[] {
  const { origin, server, relayUrl, isLoopback, httpPort, relayPort } = place;
  const orElse = (cure: string) => isLoopback ? "start the server" : behindFirst(cure);
  const noRelay = () => Promise.resolve(skipped("no relay runs here, and none is named"));
  return [
    {
      name: "dns",
      cure: `give ${hostOf(origin)} an A or AAAA record with this machine's public address`,
      run: (signal) => checkDns(place, { network, isGlobalAddress, signal }),
    },
    {
      name: "tls",
      cure: `a proxy with a certificate for ${hostOf(origin)} has to listen on port ${
        portOf(origin)
      } (${PROXY})`,
      run: (signal) => checkTls(place, network, signal),
    },
    {
      name: "server",
      cure: orElse(
        `start the server, and let the proxy lead ${origin} to port ${httpPort} (${PROXY})`,
      ),
      run: (signal) => checkHealth({ origin, server, httpPort }, network, signal),
    },
    {
      name: "relay",
      cure: orElse(`let the proxy lead ${relayUrl} to port ${relayPort} (${PROXY})`),
      run: relayUrl === null ? noRelay : (signal) => checkRelay(relayUrl, { network, signal }),
    },
    {
      name: "relay socket",
      cure: orElse(`let the proxy pass on the Upgrade header at ${relayUrl} (${PROXY})`),
      run: relayUrl === null ? noRelay : (signal) => checkUpgrade(relayUrl, { network, signal }),
    },
    {
      name: "client IP",
      cure: behindFirst(
        "run the doctor on the server's machine, as its user, with its settings",
      ),
      run: (signal) =>
        checkClientIp(place, { network, isGlobalAddress, token: randomToken(), signal }),
    },
  ];
}

/** The cure of what fails by itself: without a name or a certificate nothing else can be well. */
function behindFirst(cure: string): (reason: string) => string {
  return (reason) => {
    if (/lookup address|dns error/.test(reason)) return "put right dns, above, then look again";
    if (/certificate/.test(reason)) return "put right tls, above, then look again";
    return cure;
  };
}

async function checkDns(
  { origin, isLoopback }: PublicPlace,
  { network, isGlobalAddress, signal }: {
    network: DoctorNetwork;
    isGlobalAddress(ip: string): boolean;
    signal: AbortSignal;
  },
): Promise<Verdict> {
  if (isLoopback) {
    return warn(
      "the server has this machine's own name: nobody else can reach it",
      "give it a public name with --server",
    );
  }
  const host = hostOf(origin);
  const addresses = await network.addresses(host, signal);
  const says = `${host} leads to ${addresses.join(", ")}`;
  if (addresses.some(isGlobalAddress)) return ok(says);
  return warn(
    `${says}, which nobody reaches over the internet`,
    "fine in a network of your own; else put this machine's public address into the DNS, and look into /etc/hosts here",
  );
}

async function checkTls(
  { origin, isLoopback }: PublicPlace,
  network: DoctorNetwork,
  signal: AbortSignal,
): Promise<Verdict> {
  if (isLoopback) return skipped("this machine's own name needs none");
  const at = { hostname: hostOf(origin), port: portOf(origin) };
  await network.handshake(at, signal);
  return ok(`the certificate of ${hostOf(origin)} is believed`);
}

async function checkHealth(
  { origin, server, httpPort }: Pick<PublicPlace, "origin" | "server" | "httpPort">,
  network: DoctorNetwork,
  signal: AbortSignal,
): Promise<Verdict> {
  const url = `${origin}/v1/healthz`;
  const response = await network.fetch(url, { signal, redirect: "manual" });
  const { status: word, server: name, version, checks } = await members(response);
  const lead = `let the proxy lead ${origin} to port ${httpPort} (${PROXY})`;
  if (word === undefined) {
    return bad(`${url} answers ${response.status}, not as kez-chat`, orStart(response, lead));
  }
  if (word !== "ok") {
    return bad(
      `${url} says ${JSON.stringify(checks ?? word)}`,
      "look into the server's log, and whether its disk is full or read-only",
    );
  }
  if (name !== server) {
    return bad(
      `${url} is of a server called ${String(name)}, not ${server}`,
      `${lead}; its --server and the one of this command have to be the same`,
    );
  }
  return ok(`${url} is well, version ${String(version)}`);
}

async function checkRelay(
  relayUrl: string,
  { network, signal }: { network: DoctorNetwork; signal: AbortSignal },
): Promise<Verdict> {
  const url = relayUrl.replace(/^ws/, "http");
  const headers = { Accept: "application/nostr+json" };
  const response = await network.fetch(url, { signal, redirect: "manual", headers });
  const { software, supported_nips: nips } = await members(response);
  if (!Array.isArray(nips)) {
    return bad(
      `${url} answers ${response.status}, not as a relay`,
      orStart(response, `let the proxy lead ${url} to the relay's port (${PROXY})`),
    );
  }
  if (software !== "kez-chat") {
    return warn(`${relayUrl} is a relay of ${String(software)}`, "fine where you mean to use it");
  }
  return ok(`${relayUrl} tells of itself (NIP-11)`);
}

async function checkUpgrade(
  relayUrl: string,
  { network, signal }: { network: DoctorNetwork; signal: AbortSignal },
): Promise<Verdict> {
  const first = await network.firstMessage(relayUrl, signal);
  return first?.startsWith(`["AUTH",`)
    ? ok(`${relayUrl} opens and asks who comes (NIP-42)`)
    : warn(`${relayUrl} opens, and does not ask who comes`, "fine where it is not this server's");
}

/** The request lies about where it comes from, as anybody may: it must not be believed. */
async function checkClientIp(
  { origin, isLoopback }: PublicPlace,
  { network, isGlobalAddress, token, signal }: {
    network: DoctorNetwork;
    isGlobalAddress(ip: string): boolean;
    token: string;
    signal: AbortSignal;
  },
): Promise<Verdict> {
  if (isLoopback) return skipped("there is no proxy at this machine's own name");
  const send = async () => {
    const headers = { "X-Forwarded-For": FORGED_IP };
    const url = `${origin}/v1/healthz?visitor=${token}`;
    const response = await network.fetch(url, { signal, redirect: "manual", headers });
    await response.body?.cancel();
  };
  const seen = await network.callerSeen(token, { send, signal });
  if (seen === null) return skipped("no server runs on this data folder, so nobody can tell");
  if (seen === FORGED_IP) {
    return bad(
      "visitors can choose their IP: the proxy passes on the X-Forwarded-For that they send",
      `let the proxy write the header anew (${PROXY}), and name nobody but the proxy in --trusted-proxies`,
    );
  }
  const address = seen.replace("::/64", "::1");
  if (isGlobalAddress(address)) return ok(`the server sees ${seen} for this machine`);
  const says = `the server sees ${seen} for this machine`;
  const cure = "let the proxy send X-Forwarded-For, and name it in --trusted-proxies";
  if (seen.startsWith("127.") || seen === LOOPBACK_V6) {
    return bad(`${says}: all visitors may count as one`, cure);
  }
  // A machine behind a translator of addresses may come back to itself from a private one.
  return warn(
    `${says}: where that is the proxy, all visitors count as one`,
    `${cure}; no fault where this machine comes to itself from that address`,
  );
}

/** What a proxy answers by itself that finds nobody behind it. */
function orStart({ status }: Response, cure: string): string {
  return status >= 502 && status <= 504 ? `start the server; where it runs, ${cure}` : cure;
}

/** Of a JSON object, else none. */
async function members(response: Response): Promise<Record<string, unknown>> {
  const text = await shortText(response);
  try {
    const value = text === null ? null : JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw new Error(faultReason(error), { cause: error });
  }
}

/** Null where it is longer than any answer of a server; the rest is not read. */
async function shortText({ body }: Response): Promise<string | null> {
  let text = "";
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.length > MAX_ANSWER_CHARACTERS) return null;
  }
  return text;
}

function hostOf(origin: string): string {
  return new URL(origin).hostname;
}

function portOf(origin: string): number {
  return Number(new URL(origin).port || 443);
}
