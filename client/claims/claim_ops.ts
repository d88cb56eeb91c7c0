import type { NostrLink } from "../../protocol/nostr_link.ts";
import type { Sigchain } from "../../protocol/sigchain.ts";
import type { ClaimWish } from "./claim_model.ts";
import type { ChainOp } from "./own_chain.ts";

interface Beginning {
  /** The fqhn that a new chain names. */
  handle: string;
  nostrLink(): NostrLink;
}

/** The operations that are due before a claim stands in a chain: none once it does. (Specification page 6) */
export function addingClaim(
  chain: Sigchain,
  { wish: { service, subject, proofUrl }, ...beginning }: Beginning & { wish: ClaimWish },
): ChainOp[] {
  const known = chain.claims.find((one) => one.service === service && one.subject === subject);
  if (known?.proofUrl === proofUrl) return [];
  // A proof that moved makes another claim of it.
  if (known) return [{ op: "claim.revoke", body: { entry: known.entry } }];
  const body = { service, subject, proof_url: proofUrl };
  return [...beforeFirstClaim(chain, beginning), { op: "claim.add", body }];
}

/** The operation that is due before a claim is gone, by the hash of its entry. */
export function revokingClaim({ claims }: Sigchain, entry: string): ChainOp[] {
  const isLive = claims.some((claim) => claim.entry === entry);
  return isLive ? [{ op: "claim.revoke", body: { entry } }] : [];
}

function beforeFirstClaim(
  { hashes, nostr }: Sigchain,
  { handle, nostrLink }: Beginning,
): ChainOp[] {
  if (hashes.length === 0) return [{ op: "genesis", body: { handle } }];
  const link = nostrLink();
  return nostr === link.pubkey ? [] : [{ op: "nostr.link", body: { ...link } }];
}
