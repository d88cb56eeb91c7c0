import type { ProofNetwork } from "../proof_network.ts";

/** The account whose text is wanted; `subject` is as claims spell it. */
export interface ProofSubject {
  subject: string;
  proofUrl: string | null;
}

/**
 * Fetches the text that an account publishes; empty where it answered and has none, null where there is no such account.
 *
 * @throws ProofUnreachable
 */
export type ClientProof = (claim: ProofSubject, network: ProofNetwork) => Promise<string | null>;
