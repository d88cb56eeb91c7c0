import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";
import type { Api } from "../api.ts";
import { createContactDirectory } from "../contacts/resolve.ts";
import type { Fetch } from "../fetch_json.ts";
import type { LookUp } from "../look_up.ts";
import type { RelayEnvironment } from "../relays/relay_environment.ts";
import { createRelayQueries } from "../relays/relay_queries.ts";
import { UserError } from "../user_error.ts";
import { createCheckClaim } from "./check_claim.ts";
import type { ClaimsView } from "./claim_model.ts";
import { inspectClaims } from "./inspect_claims.ts";
import { createProofNetwork } from "./proof_network.ts";
import { isChainUrl, readChain } from "./read_chain.ts";

/**
 * Reads and checks somebody's claims for whoever looks at their profile without an account here: of what only a server may
 * fetch nothing is known then, and no relay but the home server's is asked.
 *
 * @throws UserError where the list cannot be read
 */
export async function readPublicClaims(
  { primary, sigchainUrl }: LookUp,
  { api, fetch, environment, verifyEd25519 }: {
    api: Api;
    fetch: Fetch;
    environment: RelayEnvironment;
    verifyEd25519: VerifyEd25519;
  },
): Promise<ClaimsView> {
  const { nowMs } = environment;
  const { server: homeServer, relayUrl } = await api.config();
  const mayBePrivate = isPrivateHost(homeServer);
  if (sigchainUrl === null || !isChainUrl(sigchainUrl, { mayBePrivate })) {
    throw new UserError("server_error");
  }
  const network = createProofNetwork({
    fetch,
    homeServer,
    directory: createContactDirectory({ homeServer, api, fetch, verifyEd25519 }),
    queries: createRelayQueries(environment),
    relays: () => [relayUrl],
  });
  const read = await readChain(sigchainUrl, { primary, fetch, verifyEd25519 });
  const check = createCheckClaim({ network, askServer: null, nowMs });
  return await inspectClaims(read, { check, nowMs });
}
