import type { ProofTemplate } from "./template.ts";

/** A TXT record of `_kez.<domain>`. */
export const fetchDnsProof: ProofTemplate = async ({ subject }, { txt }) =>
  (await txt(`_kez.${subject}`)).join("\n");
