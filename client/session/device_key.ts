import type { SessionSecrets } from "../../protocol/identity.ts";
import { openBytes, sealBytes, type SealedBytes } from "../storage/aes_gcm.ts";
import { joinSecrets, splitSecrets } from "./secret_bytes.ts";

/** The session secrets under a key that this browser alone can use, and never gives out. */
export interface DeviceCopy {
  /** AES-256-GCM, not extractable. */
  key: CryptoKey;
  secrets: SealedBytes;
  /** When it last opened the session, in milliseconds since 1970. */
  usedAtMs: number;
}

/** How long after its last use a device copy still opens the session. (Specification page 7) */
export const DEVICE_COPY_TTL_MS = 30 * 24 * 60 * 60 * 1000;

/** Clocks are set right by small steps; one that goes back further might be turned back to outlive the 30 days. */
export const CLOCK_STEP_MS = 5 * 60 * 1000;

/** Seals the secrets under a fresh device key. */
export async function sealDeviceCopy(
  secrets: SessionSecrets,
  { primary, nowMs }: { primary: string; nowMs: number },
): Promise<DeviceCopy> {
  const usage: KeyUsage[] = ["encrypt", "decrypt"];
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, usage);
  const plain = joinSecrets(secrets);
  const sealed = await sealBytes(key, { plain, context: contextOf(primary) });
  plain.fill(0);
  return { key, secrets: sealed, usedAtMs: nowMs };
}

/** True while the copy may open the session: for 30 days after its last use, by a clock that has not gone back. */
export function isDeviceCopyCurrent({ usedAtMs }: DeviceCopy, nowMs: number): boolean {
  return nowMs >= usedAtMs - CLOCK_STEP_MS && nowMs <= usedAtMs + DEVICE_COPY_TTL_MS;
}

/** The secrets; null where the copy is not this identity's, or was changed. */
export async function openDeviceCopy(
  { key, secrets }: DeviceCopy,
  primary: string,
): Promise<SessionSecrets | null> {
  const plain = await openBytes(key, { sealed: secrets, context: contextOf(primary) });
  if (!plain) return null;
  const opened = splitSecrets(plain);
  plain.fill(0);
  return opened;
}

function contextOf(primary: string): string {
  return `kez-chat/device/v1 ${primary}`;
}
