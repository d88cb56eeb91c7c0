import { areSameBytes } from "../../protocol/bytes.ts";
import { primaryOf, type SessionSecrets } from "../../protocol/identity.ts";
import { UserError } from "../user_error.ts";
import type { DeriveKey } from "./argon2.ts";
import { type BiometricKey, openBiometricBox } from "./biometric_box.ts";
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
  const { account: { primary }, autoLockMs, asksAtStart } = vault;
  const isCurrent = !asksAtStart && isDeviceCopyCurrent(copy, { nowMs: nowMs(), autoLockMs });
  const secrets = isCurrent ? await openDeviceCopy(copy, vault) : null;
  if (!secrets || !isOf(secrets, primary)) {
    await storage.deleteDeviceCopy();
    return null;
  }
  await storage.renewDeviceCopy(await sealDeviceCopy(secrets, { vault, nowMs: nowMs() }));
  return { vault, secrets };
}

/**
 * Opens a vault by the passphrase, and makes a fresh device copy.
 *
 * @throws UserError `wrong_passphrase`, `storage_failed`
 */
export async function openByPassphrase(
  vault: Vault,
  { passphrase, deriveKey, ...deps }: OpeningDeps & { passphrase: string; deriveKey: DeriveKey },
): Promise<OpenedVault> {
  const secrets = await openSecrets(vault, { passphrase, deriveKey });
  return await keepOpen({ vault, secrets }, deps);
}

/**
 * Opens a vault by an authenticator's key, and makes a fresh device copy.
 *
 * @throws UserError `wrong_biometrics`, `storage_failed`
 */
export async function openByBiometrics(
  vault: Vault,
  { id, key, ...deps }: OpeningDeps & BiometricKey,
): Promise<OpenedVault> {
  const { primary } = vault.account;
  const box = vault.authenticators.find((known) => areSameBytes(known.id, id));
  const secrets = box ? await openBiometricBox(box, { key, primary }) : null;
  if (!secrets) throw new UserError("wrong_biometrics");
  return await keepOpen({ vault, secrets }, deps);
}

/** The next start opens by itself, unless the person wants to be asked. */
async function keepOpen(
  opened: OpenedVault,
  { storage, nowMs }: OpeningDeps,
): Promise<OpenedVault> {
  const { vault, secrets } = opened;
  try {
    if (!isOf(secrets, vault.account.primary)) throw new UserError("storage_failed");
    if (!vault.asksAtStart) {
      await storage.saveDeviceCopy(await sealDeviceCopy(secrets, { vault, nowMs: nowMs() }));
    }
    return opened;
  } catch (error) {
    wipeSecrets(secrets);
    throw error;
  }
}

function isOf({ identitySecret }: SessionSecrets, primary: string): boolean {
  return primaryOf(identitySecret) === primary;
}
