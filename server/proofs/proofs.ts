import {
  type ClaimService,
  isClaimService,
  parseSubject,
  serviceRule,
} from "../../protocol/claim.ts";
import { formatInstant } from "../../protocol/instant.ts";
import type { ProofAnswer } from "../../protocol/proof_answer.ts";
import type { Log } from "../log.ts";
import { Problem } from "../problems.ts";
import type { Resolver } from "../resolver.ts";
import { Unreachable } from "../unreachable.ts";
import { untilAborted } from "../until_aborted.ts";
import { fetchDnsProof } from "./dns.ts";
import { evidenceOf, hasAnyToken } from "./evidence.ts";
import type { FetchText } from "./fetch_text.ts";
import { fetchGithubProof } from "./github.ts";
import { fetchMastodonProof } from "./mastodon.ts";
import type { ProofNetwork, ProofTemplate } from "./template.ts";
import { fetchWebProof } from "./web.ts";

/** As it was asked for; nothing of it is checked yet. */
export interface ProofRequest {
  service: string;
  subject: string;
  proofUrl: string | null;
}

export interface Proofs {
  /** @throws Problem `malformed` for what is no account of a service that a server fetches; `overloaded` */
  fetch(claim: ProofRequest): Promise<ProofAnswer>;
}

/** All that a fetch may take. (Specification page 6) */
const PROOF_TIMEOUT_MS = 5_000;

const CACHED_MS = 10 * 60 * 1000;
/** Where no token was seen: somebody may just be publishing it. */
const CACHED_WITHOUT_TOKEN_MS = 30 * 1000;
const MAX_CACHED = 500;
const MAX_IN_FLIGHT = 32;

const TEMPLATES: Partial<Record<ClaimService, ProofTemplate>> = {
  dns: fetchDnsProof,
  web: fetchWebProof,
  github: fetchGithubProof,
  mastodon: fetchMastodonProof,
};

interface Cached {
  untilMs: number;
  answer: Promise<ProofAnswer>;
}

/** Fetches proofs by the services' templates, each once however many ask. (Specification page 6) */
export function createProofs(
  { fetchText, resolver, nowMs, log, timeoutMs = PROOF_TIMEOUT_MS }: {
    fetchText: FetchText;
    resolver: Resolver;
    nowMs(): number;
    log: Log;
    timeoutMs?: number;
  },
): Proofs {
  /** In order of their start. */
  const cache = new Map<string, Cached>();
  let inFlight = 0;

  const fetchAnswer = async (fetchProof: (network: ProofNetwork) => Promise<string>) => {
    const ending = new AbortController();
    const { signal } = ending;
    const timer = setTimeout(() => ending.abort(new Unreachable("timeout")), timeoutMs);
    const network: ProofNetwork = {
      fetchText: (url, accept) => fetchText(url, { accept, signal }),
      txt: (name) => resolver.txt(name, signal),
    };
    inFlight++;
    try {
      const text = await untilAborted(fetchProof(network), { signal });
      return { status: "fetched", evidence: evidenceOf(text) } as const;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      const { reason, cause } = error;
      // Its name alone: messages of TLS and sockets have names and addresses in them.
      log.debug("proof not fetched", { reason, cause: cause instanceof Error ? cause.name : "" });
      return { status: "unreachable", reason, evidence: "" } as const;
    } finally {
      clearTimeout(timer);
      inFlight--;
    }
  };

  return {
    async fetch(claim) {
      const { template, service, subject, proofUrl } = planOf(claim);
      const key = JSON.stringify([service, subject, proofUrl]);
      const known = cache.get(key);
      if (known && known.untilMs > nowMs()) return known.answer;
      if (inFlight >= MAX_IN_FLIGHT) {
        throw new Problem(
          "overloaded",
          "Too many proofs are being fetched. Try again in a moment.",
        );
      }
      const entry: Cached = {
        untilMs: nowMs() + CACHED_MS,
        answer: fetchAnswer((network) => template({ subject, proofUrl }, network))
          .then((found) => ({ ...found, fetched_at: formatInstant(nowMs()) })),
      };
      cache.delete(key);
      cache.set(key, entry);
      if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!);
      try {
        const answer = await entry.answer;
        if (!hasAnyToken(answer.evidence)) entry.untilMs = nowMs() + CACHED_WITHOUT_TOKEN_MS;
        return answer;
      } catch (error) {
        cache.delete(key);
        throw error;
      }
    },
  };
}

/** What to fetch. A link that the service has no use for is left out, so that it makes no other proof of the same. */
function planOf({ service, subject: text, proofUrl }: ProofRequest) {
  const template = isClaimService(service) ? TEMPLATES[service] : undefined;
  const subject = isClaimService(service) ? parseSubject(service, text) : null;
  if (!isClaimService(service) || !template || subject === null) {
    throw new Problem("malformed", "A server fetches no proof of such an account.");
  }
  const { hasProofUrl } = serviceRule(service);
  return { template, service, subject, proofUrl: hasProofUrl ? proofUrl : null };
}
