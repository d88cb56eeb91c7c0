import type { SealedBytes } from "../storage/aes_gcm.ts";

/** The session secrets under a key that this browser alone can use, and never gives out. */
export interface DeviceCopy {
  /** AES-256-GCM, not extractable. */
  key: CryptoKey;
  secrets: SealedBytes;
  /** When it last opened the session, in milliseconds since 1970. */
  usedAtMs: number;
}
