import type { SessionSecrets } from "../../protocol/identity.ts";
import { openBytes, sealBytes, type SealedBytes } from "../storage/aes_gcm.ts";
import { lockDigest } from "./lock_digest.ts";
import { joinSecrets, splitSecrets } from "./secret_bytes.ts";
import type { Vault } from "./vault.ts";

/** The session secrets under a key that this browser alone can use, and never gives out. */
export interface DeviceCopy {
  /** AES-256-GCM, not extractable. */
  key: CryptoKey;
  /** For one vault and one `usedAtMs`: a copy beside another one does not open. */
  secrets: SealedBytes;
  /** When the account was last in use, in milliseconds since 1970. */
  usedAtMs: number;
}

/** How long after its last use a device copy still opens the session. (Specification page 7) */
export const DEVICE_COPY_TTL_MS = 30 * 24 * 60 * 60 * 1000;

/** Clocks are set right by small steps; one that goes back further might be turned back to outlive the 30 days. */
export const CLOCK_STEP_MS = 5 * 60 * 1000;

/** Seals the secrets under a fresh device key. */
export async function sealDeviceCopy(
  secrets: SessionSecrets,
  { vault, nowMs }: { vault: Vault; nowMs: number },
): Promise<DeviceCopy> {
  const usage: KeyUsage[] = ["encrypt", "decrypt"];
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usage);
  const plain = joinSecrets(secrets);
  const sealed = await sealBytes(key, { plain, context: contextOf(vault, nowMs) });
  plain.fill(0);
  return { key, secrets: sealed, usedAtMs: nowMs };
}

/**
 * True while the copy may open the session: for 30 days after its last use, by a clock that has not gone back; for less
 * where the account locks itself before.
 */
export function isDeviceCopyCurrent(
  { usedAtMs }: DeviceCopy,
  { nowMs, autoLockMs }: { nowMs: number; autoLockMs: number | null },
): boolean {
  const ttlMs = Math.min(DEVICE_COPY_TTL_MS, autoLockMs ?? DEVICE_COPY_TTL_MS);
  return nowMs >= usedAtMs - CLOCK_STEP_MS && nowMs <= usedAtMs + ttlMs;
}

/** The secrets; null where the copy is not this vault's, or either was changed. */
export async function openDeviceCopy(
  { key, secrets, usedAtMs }: DeviceCopy,
  vault: Vault,
): Promise<SessionSecrets | null> {
  const plain = await openBytes(key, { sealed: secrets, context: contextOf(vault, usedAtMs) });
  if (!plain) return null;
  const opened = splitSecrets(plain);
  plain.fill(0);
  return opened;
}

function contextOf(vault: Vault, usedAtMs: number): string {
  return `kez-chat/device/v2 ${usedAtMs} ${lockDigest(vault)}`;
}
