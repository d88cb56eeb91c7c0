import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import type { SessionSecrets } from "../../protocol/identity.ts";
import { parseInstant } from "../../protocol/instant.ts";
import {
  type Registration,
  REGISTRATION_WINDOW_MS,
  signRegistration,
  verifyRegistrationProof,
} from "../../protocol/registration.ts";
import type { Api } from "../api.ts";
import type { LookUp } from "../look_up.ts";
import { isUserError, UserError, type UserErrorCode } from "../user_error.ts";
import type { Account } from "./session.ts";
import type { PendingVault } from "./vault.ts";

/** After these the identity has no account on the server, unless an earlier answer was lost. */
const REFUSALS: readonly UserErrorCode[] = [
  "handle_taken",
  "primary_taken",
  "nostr_taken",
  "invalid_handle",
  "reserved_handle",
  "registration_closed",
  "invalid_invite",
  "clock_wrong",
];

/** A document older than this is signed afresh; the rest of the window is for the way to the server. */
const REUSE_MS = REGISTRATION_WINDOW_MS - 60_000;

/** True where the server has said no for good, as opposed to not at all. */
export function isRefusal(error: unknown): error is UserError {
  return error instanceof UserError && REFUSALS.includes(error.code);
}

/** Signs the registration of an account, by the server's clock where this device's is wrong. */
export function signAccount(
  { handle, server }: Account,
  { secrets, api, nowMs, random }: {
    secrets: SessionSecrets;
    api: Api;
    nowMs: () => number;
    random: (bytes: number) => Uint8Array;
  },
): Registration {
  const { identitySecret, nostrSecret } = secrets;
  return signRegistration({
    handle,
    server,
    createdAtMs: nowMs() + api.serverTimeOffsetMs(),
    identitySecret,
    nostrSecret,
    random: random(32),
  });
}

/** True where a document that was sent before says the same as one signed now, and is fresh enough to be sent again. */
export function isStillGood(
  { payload }: Registration,
  { account, nowMs }: { account: Account; nowMs: number },
): boolean {
  const createdAtMs = parseInstant(payload.created_at) ?? 0;
  return payload.primary === account.primary && payload.handle === account.handle &&
    payload.server === account.server && Math.abs(nowMs - createdAtMs) < REUSE_MS;
}

/**
 * Sends a registration. An account that the server made before without being able to say so counts as the answer; a
 * document that the server finds too old is signed once more.
 *
 * @param renew signs and keeps the pending account afresh; null where the secrets are not at hand
 * @throws UserError a refusal ({@link isRefusal}), or `no_network`, `rate_limited`, `server_error`
 */
export async function registerPending(
  { vault, registration, invite }: PendingVault,
  { api, renew }: { api: Api; renew: (() => Promise<Registration>) | null },
): Promise<LookUp> {
  try {
    return await sendTwice({ registration, invite }, api);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    const own = await api.lookUpPrimary(vault.account.primary);
    if (own) return own;
    if (error.code !== "clock_wrong" || !renew) throw error;
    return await sendTwice({ registration: await renew(), invite }, api);
  }
}

/** The very same document once more where the answer was lost: the server knows it again. */
async function sendTwice(
  { registration, invite }: Pick<PendingVault, "registration" | "invite">,
  api: Api,
): Promise<LookUp> {
  try {
    return await api.register(registration, invite);
  } catch (error) {
    if (!isUserError(error, "no_network")) throw error;
    return await api.register(registration, invite);
  }
}

/**
 * The account as the server has it: under the handle that it names, which may be an earlier one.
 *
 * @throws UserError `server_error` where the answer is not about this identity
 */
export async function confirmAccount(
  account: Account,
  { found, verifyEd25519 }: { found: LookUp; verifyEd25519: VerifyEd25519 },
): Promise<Account> {
  const { handle } = found;
  const { server, primary } = account;
  try {
    await verifyRegistrationProof(found.registration, { handle, server, primary, verifyEd25519 });
    // A server may have several relays; the entry names the one that holds this mail.
    const homeRelay = found.relays[0] ?? account.homeRelay;
    return { ...account, handle, fqhn: `${handle}@${server}`, homeRelay };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new UserError("server_error", { cause });
  }
}
