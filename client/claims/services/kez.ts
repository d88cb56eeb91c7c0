import { claimToken } from "../../../protocol/claim.ts";
import type { ClientProof } from "./template.ts";

/** What another server's registry names: the same identity, signed by it, is proof enough. */
export const askKez: ClientProof = async ({ subject }, { primaryOf }) => {
  const primary = await primaryOf(subject);
  return primary && claimToken(primary);
};
