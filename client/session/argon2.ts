/** How a passphrase becomes a key of 32 bytes by Argon2id. Parallelism is 1. */
export interface Argon2Parameters {
  /** 16 bytes */
  salt: Uint8Array<ArrayBuffer>;
  memoryKib: number;
  iterations: number;
}
