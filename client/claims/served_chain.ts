import { compareWithPin, pinOf, type Sigchain } from "../../protocol/sigchain.ts";
import type { ChainMemory } from "./claim_model.ts";

/** What is remembered once a server has shown a valid chain: it must hold all that was seen and told before. */
export function withServed(memory: ChainMemory, chain: Pick<Sigchain, "hashes">): ChainMemory {
  const { seen, told, agreed } = memory;
  const verdicts = [seen, told, agreed].map((pin) => pin ? compareWithPin(chain, pin) : "same");
  if (verdicts.includes("fork")) return { ...memory, warning: "fork" };
  if (verdicts.includes("rollback")) return { ...memory, warning: "rollback" };
  return { seen: pinOf(chain), told: null, agreed: told ?? agreed, warning: null };
}
