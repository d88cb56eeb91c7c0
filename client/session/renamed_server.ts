import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { primaryOf, type SessionSecrets } from "../../protocol/identity.ts";
import { type Registration, verifyRegistrationProof } from "../../protocol/registration.ts";
import type { Api, ServerConfig } from "../api.ts";
import type { LookUp } from "../look_up.ts";
import { UserError } from "../user_error.ts";
import { confirmAccount, signAccount } from "./registering.ts";
import type { Account } from "./session.ts";

/** Whom the server shows a registration for, as it says; nothing is proven by it. */
export function serverSignedFor({ registration }: LookUp): string | null {
  const { payload } = (registration ?? {}) as Partial<Registration>;
  return typeof payload?.server === "string" ? payload.server : null;
}

/**
 * Follows a home server that has another name since the account was registered: the same handle is signed for again under
 * the name of today. Nothing is signed unless the server has this identity's own registration. (Specification page 8,
 * `server rename`)
 *
 * @throws UserError `server_error` where what the server has is not by this identity; `no_network` and the like
 */
export async function followRename(
  account: Account,
  { config, found, secrets, api, verifyEd25519, nowMs, random }: {
    config: Pick<ServerConfig, "server" | "relayUrl">;
    found: LookUp;
    secrets: SessionSecrets;
    api: Api;
    verifyEd25519: VerifyEd25519;
    nowMs: () => number;
    random: (bytes: number) => Uint8Array;
  },
): Promise<Account> {
  const { server, relayUrl: homeRelay } = config;
  const { handle } = found;
  const earlier = serverSignedFor(found) ?? "";
  try {
    const proof = { handle, server: earlier, primary: account.primary, verifyEd25519 };
    await verifyRegistrationProof(found.registration, proof);
  } catch (cause) {
    throw new UserError("server_error", { cause });
  }
  // Locked meanwhile: the secrets are wiped, and the next start comes back to this.
  if (primaryOf(secrets.identitySecret) !== account.primary) throw new UserError("no_network");
  const known = new Set([...account.formerServers ?? [], account.server, earlier]);
  known.delete(server);
  const moved = { ...account, handle, server, homeRelay, formerServers: [...known] };
  // Another device of the same person may have signed already.
  const signed = earlier === server
    ? found
    : await api.renew(signAccount(moved, { secrets, api, nowMs, random }));
  return await confirmAccount(moved, { found: signed, verifyEd25519 });
}
