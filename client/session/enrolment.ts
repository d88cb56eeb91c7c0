import { addrOf } from "../../protocol/addr.ts";
import type { VerifyEd25519 } from "../../protocol/ed25519.ts";
import { isHandle, isReservedHandle } from "../../protocol/handle.ts";
import { nostrPubkeyOf, primaryOf, type SessionSecrets } from "../../protocol/identity.ts";
import type { Api, ServerConfig } from "../api.ts";
import type { LookUp } from "../look_up.ts";
import { VAULT_DEFAULTS } from "../storage/vault_store.ts";
import { loaded } from "../loaded.ts";
import { UserError } from "../user_error.ts";
import { chooseParameters, type DeriveKey } from "./argon2.ts";
import { sealDeviceCopy } from "./device_key.ts";
import type { OpenedVault } from "./opening.ts";
import { isTooShort } from "./passphrase_strength.ts";
import { drawPhrase, type OpenPhrase, readPhrase } from "./phrase.ts";
import {
  confirmAccount,
  isRefusal,
  isStillGood,
  registerPending,
  signAccount,
} from "./registering.ts";
import { wipeSecrets } from "./secret_bytes.ts";
import type { Account } from "./session.ts";
import { sealBoxes, type Vault } from "./vault.ts";
import type { VaultStorage } from "./vault_storage.ts";

/** The ways in which an account comes to this device. Methods throw UserError as those of Session do. */
export interface Enrolment {
  /**
   * Finishes what a crash interrupted. True where an account came of it, which is locked.
   *
   * @throws UserError `no_network`, `rate_limited`, `server_error`: then it stays as it is
   */
  settle(): Promise<boolean>;
  /** `ed25519:<hex>` of the account that the next {@link create} makes. */
  draftPrimary(): Promise<string>;
  /** Null where {@link settle} found an account instead. */
  create(
    input: { handle: string; passphrase: string; invite?: string },
  ): Promise<OpenedVault | null>;
  findByPhrase(phrase: string): Promise<{ handle: string | null }>;
  /** Null where {@link settle} found an account instead. */
  restore(
    input: { phrase: string; handle: string; passphrase: string; invite?: string },
  ): Promise<OpenedVault | null>;
  /** Forgets the phrase of a creation that has not come to its end. */
  forgetDraft(): void;
}

export interface EnrolmentDeps {
  storage: VaultStorage;
  api: Api;
  deriveKey: DeriveKey;
  verifyEd25519: VerifyEd25519;
  nowMs: () => number;
  /** As many random bytes as it is asked for. */
  random: (bytes: number) => Uint8Array;
}

interface Plan {
  open: OpenPhrase;
  account: Account;
  passphrase: string;
  isRestored: boolean;
  /** The code by which the server lets the account in, where it asks for one. */
  invite?: string;
}

/** Creation and restore. */
export function createEnrolment(deps: EnrolmentDeps): Enrolment {
  const { storage, api } = deps;
  /** Kept over failures: an account that the server made without being able to say so has this phrase. */
  let draft: Promise<OpenPhrase> | null = null;

  const forgetDraft = (): void => {
    draft?.then(({ secrets }) => wipeSecrets(secrets), () => undefined);
    draft = null;
  };

  async function openDraft(): Promise<OpenPhrase> {
    const drawn = draft ??= drawPhrase(deps.random);
    try {
      return await drawn;
    } catch (error) {
      if (draft === drawn) draft = null;
      throw error;
    }
  }

  async function settleOthers(primary: string): Promise<boolean> {
    const pending = await storage.pending();
    return pending !== null && pending.vault.account.primary !== primary && await settle(deps);
  }

  return {
    settle: () => settle(deps),
    forgetDraft,
    draftPrimary: async () => primaryOf((await openDraft()).secrets.identitySecret),

    async create({ handle, passphrase, invite }) {
      checkPassphrase(passphrase);
      checkHandle(handle);
      const config = await api.config();
      const open = await openDraft();
      const account = accountOf(open.secrets, { handle, config });
      if (await settleOthers(account.primary)) {
        forgetDraft();
        return null;
      }
      checkMayRegister(config, invite);
      const plan = { open, account, passphrase, isRestored: false, invite };
      const opened = await register(plan, deps);
      draft = null;
      return opened;
    },

    async findByPhrase(phrase) {
      const { secrets } = await readPhrase(phrase);
      const found = await api.lookUpPrimary(primaryOf(secrets.identitySecret));
      wipeSecrets(secrets);
      return { handle: found?.handle ?? null };
    },

    async restore({ phrase, handle, passphrase, invite }) {
      checkPassphrase(passphrase);
      const open = await readPhrase(phrase);
      try {
        const config = await api.config();
        const account = accountOf(open.secrets, { handle, config });
        if (await settleOthers(account.primary)) return null;
        const plan = { open, account, passphrase, isRestored: true, invite };
        return await bringBack(plan, { config, deps });
      } catch (error) {
        wipeSecrets(open.secrets);
        throw error;
      }
    },
  };
}

/** Opens the account of a phrase; registers one only where the server has none. */
async function bringBack(
  plan: Plan,
  { config, deps }: { config: ServerConfig; deps: EnrolmentDeps },
): Promise<OpenedVault> {
  const { account, open } = plan;
  const found = await deps.api.lookUpPrimary(account.primary);
  if (!found) {
    checkHandle(account.handle);
    checkMayRegister(config, plan.invite);
    return await register(plan, deps);
  }
  const confirmed = await ownAccount(plan, { found, config, deps });
  return await keep(await seal({ ...plan, account: confirmed }, deps), { open, deps });
}

/** A server that was renamed since has a registration for its earlier name. */
async function ownAccount(
  { account, open: { secrets } }: Plan,
  { found, config, deps }: { found: LookUp; config: ServerConfig; deps: EnrolmentDeps },
): Promise<Account> {
  const { followRename, serverSignedFor } = await loaded(import("./renamed_server.ts"));
  return serverSignedFor(found) === account.server
    ? await confirmAccount(account, { found, ...deps })
    : await followRename(account, { config, found, secrets, ...deps });
}

async function settle({ storage, api, verifyEd25519 }: EnrolmentDeps): Promise<boolean> {
  const pending = await storage.pending();
  if (!pending) return false;
  try {
    const found = await registerPending(pending, { api, renew: null });
    const account = await confirmAccount(pending.vault.account, { found, verifyEd25519 });
    await storage.replace({ ...pending.vault, account }, null);
    return true;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The server has no such account, and nobody has seen its phrase.
    await storage.deletePending();
    return false;
  }
}

/** The vault is written before the registration goes out: whatever stops us in between, the phrase is not lost. */
async function register(plan: Plan, deps: EnrolmentDeps): Promise<OpenedVault> {
  const { open, account, invite } = plan;
  const { storage, nowMs } = deps;
  const vault = await seal(plan, deps);
  const earlier = await storage.pending();
  const renew = async () => {
    const registration = signAccount(account, { secrets: open.secrets, ...deps });
    await storage.savePending({ vault, registration, invite });
    return registration;
  };
  const registration = earlier && isStillGood(earlier.registration, { account, nowMs: nowMs() })
    ? earlier.registration
    : await renew();
  const pending = { vault, registration, invite };
  await storage.savePending(pending);
  try {
    const found = await registerPending(pending, { ...deps, renew });
    const confirmed = await confirmAccount(account, { found, ...deps });
    return await keep({ ...vault, account: confirmed }, { open, deps });
  } catch (error) {
    if (isRefusal(error)) await storage.deletePending();
    throw error;
  }
}

async function seal(
  { open, account, passphrase, isRestored }: Plan,
  { deriveKey }: EnrolmentDeps,
): Promise<Vault> {
  const argon2 = await chooseParameters(deriveKey);
  const { primary } = account;
  const boxes = await sealBoxes({ ...open, primary, argon2 }, { passphrase, deriveKey });
  return {
    ...VAULT_DEFAULTS,
    version: 1,
    account,
    isRestored,
    isPhraseSaved: isRestored,
    ...boxes,
  };
}

async function keep(
  vault: Vault,
  { open: { secrets }, deps }: { open: OpenPhrase; deps: EnrolmentDeps },
): Promise<OpenedVault> {
  const copy = await sealDeviceCopy(secrets, { vault, nowMs: deps.nowMs() });
  await deps.storage.replace(vault, copy);
  return { vault, secrets };
}

function accountOf(
  { identitySecret, nostrSecret }: SessionSecrets,
  { handle, config: { server, relayUrl } }: { handle: string; config: ServerConfig },
): Account {
  const primary = primaryOf(identitySecret);
  return {
    handle,
    server,
    fqhn: `${handle}@${server}`,
    primary,
    addr: addrOf(primary),
    nostrPubkey: nostrPubkeyOf(nostrSecret),
    homeRelay: relayUrl,
  };
}

function checkPassphrase(passphrase: string): void {
  if (isTooShort(passphrase)) throw new UserError("short_passphrase");
}

function checkHandle(handle: string): void {
  if (!isHandle(handle)) throw new UserError("invalid_handle");
  if (isReservedHandle(handle)) throw new UserError("reserved_handle");
}

function checkMayRegister({ registration }: ServerConfig, invite: string | undefined): void {
  if (registration === "closed") throw new UserError("registration_closed");
  if (registration === "invite" && !invite) throw new UserError("invalid_invite");
}
