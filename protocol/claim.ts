import { decode } from "nostr-tools/nip19";
import { isHandle, isServerName } from "./handle.ts";

/** Who fetches a proof: this client, its server, or the server where the client cannot. */
export type ProofFetcher = "client" | "server" | "client_else_server";

interface ServiceRule {
  fetchedBy: ProofFetcher;
  /** Whether the claim says where its proof is; else the service's template does. */
  hasProofUrl: boolean;
  /** The subject as claims spell it; null where the text is none. */
  subject(text: string): string | null;
}

const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_HOST_CHARACTERS = 240;

/** A domain name of at least two labels in lower case (IDNs as `xn--…`), no address, no port, no dot at its end. */
function domain(text: string): string | null {
  const name = text.toLowerCase();
  const labels = name.split(".");
  const isName = name.length <= MAX_HOST_CHARACTERS && labels.length >= 2 &&
    labels.every((label) => HOST_LABEL.test(label)) && /[a-z]/.test(labels.at(-1)!) &&
    // URLs read `0x7f` as a number, and so the whole name as an address.
    !/^0x[0-9a-f]*$/.test(labels.at(-1)!);
  return isName ? name : null;
}

function matching(pattern: RegExp): (text: string) => string | null {
  return (text) => pattern.test(text) ? text : null;
}

function mastodonAccount(text: string): string | null {
  const match = /^@([a-z0-9_](?:[a-z0-9_.-]{0,62}[a-z0-9_])?)@(.+)$/.exec(text.toLowerCase());
  const host = match && domain(match[2]!);
  return host ? `@${match[1]}@${host}` : null;
}

function npub(text: string): string | null {
  try {
    return decode(text).type === "npub" ? text : null;
  } catch {
    // Neither bech32 nor anything of NIP-19.
    return null;
  }
}

function kezName(text: string): string | null {
  const [handle = "", server = "", ...rest] = text.toLowerCase().split("@");
  return rest.length === 0 && isHandle(handle) && isServerName(server)
    ? `${handle}@${server}`
    : null;
}

/** The services of specification page 6. */
const SERVICES = {
  dns: { fetchedBy: "server", hasProofUrl: false, subject: domain },
  web: { fetchedBy: "server", hasProofUrl: false, subject: domain },
  github: {
    fetchedBy: "client_else_server",
    hasProofUrl: true,
    subject: (text) => matching(/^(?=.{1,39}$)[a-z0-9]+(?:-[a-z0-9]+)*-?$/)(text.toLowerCase()),
  },
  mastodon: { fetchedBy: "client_else_server", hasProofUrl: false, subject: mastodonAccount },
  bluesky: { fetchedBy: "client", hasProofUrl: false, subject: (text) => domain(text) },
  nostr: { fetchedBy: "client", hasProofUrl: false, subject: npub },
  hackernews: {
    fetchedBy: "client",
    hasProofUrl: false,
    subject: matching(/^[A-Za-z0-9_-]{2,15}$/),
  },
  kez: { fetchedBy: "client", hasProofUrl: false, subject: kezName },
} as const satisfies Record<string, ServiceRule>;

export type ClaimService = keyof typeof SERVICES;

export const CLAIM_SERVICES = Object.keys(SERVICES) as ClaimService[];

/** True for the services that this version knows; a chain may name others. */
export function isClaimService(name: string): name is ClaimService {
  return Object.hasOwn(SERVICES, name);
}

/** Who fetches the proofs of a service, and whether its claims carry a `proof_url`. */
export function serviceRule(service: ClaimService): Pick<ServiceRule, "fetchedBy" | "hasProofUrl"> {
  return SERVICES[service];
}

/** An account as claims spell it, out of what somebody typed; null where the service has no such accounts. */
export function parseSubject(service: ClaimService, text: string): string | null {
  return SERVICES[service].subject(text.trim());
}

/** The id of the gist that a `proof_url` names; null where it is no gist's page, or another user's. */
export function gistIdOf(proofUrl: string, subject: string): string | null {
  const match = /^https:\/\/gist\.github\.com\/([A-Za-z0-9-]{1,39})\/([0-9a-f]{1,64})\/?$/
    .exec(proofUrl);
  return match && match[1]!.toLowerCase() === subject.toLowerCase() ? match[2]! : null;
}

/** What the account must publish: `kez:ed25519:<64 hex>`. */
export function claimToken(primary: string): string {
  return `kez:${primary}`;
}

/** True where a text holds the token of a primary, bounded on both sides by a non-word character or an end. */
export function holdsToken(text: string, primary: string): boolean {
  const token = claimToken(primary);
  for (let at = text.indexOf(token); at !== -1; at = text.indexOf(token, at + 1)) {
    const before = text[at - 1] ?? " ";
    const after = text[at + token.length] ?? " ";
    if (/\W/.test(before) && /\W/.test(after)) return true;
  }
  return false;
}
