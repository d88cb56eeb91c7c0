import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import { createResolver } from "../resolver.ts";
import { createFetchText } from "./fetch_text.ts";
import { createConnect } from "./proof_connection.ts";
import { createProofs, type Proofs } from "./proofs.ts";

/** Joins the parts of proof fetching as the configuration says. */
export function openProofs(
  { dnsServer, proofAllowHosts }: Pick<Config, "dnsServer" | "proofAllowHosts">,
  { nowMs, log }: { nowMs(): number; log: Log },
): Proofs {
  const resolver = createResolver(dnsServer);
  const connect = createConnect({ resolver, allowHosts: proofAllowHosts });
  return createProofs({ fetchText: createFetchText(connect), resolver, nowMs, log });
}
