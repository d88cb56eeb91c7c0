import { primaryOf, type SessionSecrets } from "../../protocol/identity.ts";
import { UserError } from "../user_error.ts";
import type { DeriveKey } from "./argon2.ts";
import { isDeviceCopyCurrent, openDeviceCopy, sealDeviceCopy } from "./device_key.ts";
import { wipeSecrets } from "./secret_bytes.ts";
import { openSecrets, type Vault } from "./vault.ts";
import type { VaultStorage } from "./vault_storage.ts";

/** An account with its secrets; who is given it wipes them in the end. */
export interface OpenedVault {
  vault: Vault;
  secrets: SessionSecrets;
}

interface OpeningDeps {
  storage: VaultStorage;
  nowMs: () => number;
}

/** Opens a vault by the device key; null where the passphrase has to be asked for: then the copy is gone. */
export async function openByDevice(
  vault: Vault,
  { storage, nowMs }: OpeningDeps,
): Promise<OpenedVault | null> {
  const copy = await storage.deviceCopy();
  if (!copy) return null;
  const { primary } = vault.account;
  const secrets = isDeviceCopyCurrent(copy, nowMs()) ? await openDeviceCopy(copy, primary) : null;
  if (!secrets || !isOf(secrets, primary)) {
    await storage.deleteDeviceCopy();
    return null;
  }
  await storage.renewDeviceCopy({ ...copy, usedAtMs: nowMs() });
  return { vault, secrets };
}

/**
 * Opens a vault by the passphrase, and makes a fresh device copy.
 *
 * @throws UserError `wrong_passphrase`, `storage_failed`
 */
export async function openByPassphrase(
  vault: Vault,
  { passphrase, deriveKey, storage, nowMs }: OpeningDeps & {
    passphrase: string;
    deriveKey: DeriveKey;
  },
): Promise<OpenedVault> {
  const { primary } = vault.account;
  const secrets = await openSecrets(vault, { passphrase, deriveKey });
  try {
    if (!isOf(secrets, primary)) throw new UserError("storage_failed");
    await storage.saveDeviceCopy(await sealDeviceCopy(secrets, { primary, nowMs: nowMs() }));
    return { vault, secrets };
  } catch (error) {
    wipeSecrets(secrets);
    throw error;
  }
}

function isOf({ identitySecret }: SessionSecrets, primary: string): boolean {
  return primaryOf(identitySecret) === primary;
}
