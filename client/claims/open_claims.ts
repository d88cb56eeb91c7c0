import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { isPrivateHost } from "../../protocol/private_host.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import { signNostrLink } from "../../protocol/nostr_link.ts";
import { entryHash } from "../../protocol/sigchain_entry.ts";
import { createAuthorizedCall } from "../authorized_call.ts";
import type { Directory } from "../chats/people/contact_book.ts";
import type { Ledger } from "../chats/ledger.ts";
import type { ResolvedContact } from "../contacts/resolve.ts";
import type { Fetch } from "../fetch_json.ts";
import type { RelayQueries } from "../relays/relay_queries.ts";
import { UserError } from "../user_error.ts";
import { appendEntry } from "./append_entry.ts";
import { createAskServer } from "./ask_server.ts";
import { createCheckClaim } from "./check_claim.ts";
import { type Claims, createClaims } from "./claims.ts";
import { createOwnChain, type KeptChain } from "./own_chain.ts";
import { createProofNetwork } from "./proof_network.ts";
import { isChainUrl, readChain, replayChain } from "./read_chain.ts";

/** Under what the own chain is kept, and its end for itself. */
const CHAIN = "own_chain";
const CHAIN_HEAD = "own_chain_head";

/** What claims of an unlocked account are made of. */
export interface ClaimsDeps {
  ledger: Ledger;
  account: { handle: string; server: string; fqhn: string; primary: string };
  secrets: Pick<SessionSecrets, "identitySecret" | "nostrSecret">;
  directory: Directory;
  queries: Pick<RelayQueries, "ask">;
  ownRelays(): readonly string[];
  fetch: Fetch;
  /** Where the home server is asked. */
  origin: string;
  verifyEd25519: VerifyEd25519;
  randomBytes(length: number): Uint8Array;
  nowMs(): number;
  onChange(): void;
}

/** The wiring of claims. */
export function openClaims(deps: ClaimsDeps): Claims {
  const { ledger, account, secrets, fetch, verifyEd25519, randomBytes, nowMs } = deps;
  const { identitySecret, nostrSecret } = secrets;
  const replay = (entries: readonly unknown[]) =>
    replayChain(entries, { primary: account.primary, verifyEd25519 });
  let knownUrl: string | null = null;
  const ownUrl = async () => knownUrl ??= await chainUrl(account.primary, deps);
  const own = createOwnChain({
    shelf: {
      load: () => ledger.storage.value<KeptChain>(CHAIN),
      async save(kept) {
        const { entries, publishedLength: length } = kept;
        const head = length === 0 ? null : entryHash(entries[length - 1]!);
        const end = { length, head, readAtMs: nowMs() };
        await ledger.write(() =>
          ledger.commit([
            { put: "value", name: CHAIN, value: kept },
            { put: "value", name: CHAIN_HEAD, value: end },
          ])
        );
      },
    },
    server: {
      read: async () =>
        await readChain(await ownUrl(), { primary: account.primary, fetch, verifyEd25519 }),
      append: async (entry) => await appendEntry(await ownUrl(), { entry, fetch }),
    },
    identitySecret,
    replay,
    nowMs,
  });
  const networkFor = (primary: string) =>
    createProofNetwork({
      ...deps,
      homeServer: account.server,
      relays: () => [
        ...ledger.conversation(primary)?.contact?.relays ?? [],
        ...deps.ownRelays(),
      ],
    });
  const call = createAuthorizedCall({ ...deps, server: account.server, identitySecret });
  const askServer = createAskServer(call);
  return createClaims({
    ...deps,
    own,
    nostrLink: () => signNostrLink(account.primary, { nostrSecret, random: randomBytes(32) }),
    readChain: async ({ primary, sigchainUrl }) => {
      const url = sigchainUrl === undefined
        ? await chainUrl(primary, deps)
        : usableUrl(sigchainUrl, deps);
      return await readChain(url, { primary, fetch, verifyEd25519 });
    },
    checkerFor: (primary) => createCheckClaim({ network: networkFor(primary), askServer, nowMs }),
    find: (handle) => deps.directory.resolve(handle),
  });
}

/** Where somebody's chain is, as the registry says that has their handle. @throws UserError */
async function chainUrl(
  primary: string,
  { ledger, account, directory }: ClaimsDeps,
): Promise<string> {
  const found = await lookUp(primary, { ledger, account, directory });
  if (!found) throw new UserError("unknown_handle");
  if (found.primary !== primary) throw new UserError("key_changed");
  return usableUrl(found.sigchainUrl, { account });
}

/** @throws UserError `server_error` where there is none that may be asked */
function usableUrl(url: string | null, { account }: Pick<ClaimsDeps, "account">): string {
  const mayBePrivate = isPrivateHost(account.server);
  if (url === null || !isChainUrl(url, { mayBePrivate })) throw new UserError("server_error");
  return url;
}

function lookUp(
  primary: string,
  { ledger, account, directory }: Pick<ClaimsDeps, "ledger" | "account" | "directory">,
): Promise<ResolvedContact | null> {
  if (primary === account.primary) return directory.resolve(account.handle);
  const contact = ledger.conversation(primary)?.contact;
  if (!contact) return directory.lookUpPrimary(primary);
  const { handle, server } = contact;
  return directory.resolve(server === account.server ? handle : `${handle}@${server}`);
}
