/** How a passphrase becomes a key of 32 bytes by Argon2id. Parallelism is 1. */
export interface Argon2Parameters {
  /** 16 bytes */
  salt: Uint8Array<ArrayBuffer>;
  memoryKib: number;
  iterations: number;
}

/** What the worker is asked. */
export interface Argon2Request extends Argon2Parameters {
  passphrase: string;
}

/** What the worker answers. */
export type Argon2Answer =
  | { key: Uint8Array<ArrayBuffer>; elapsedMs: number }
  | { fault: string };

/** A derived key, and how long it took. */
export interface DerivedKey {
  /** 32 bytes */
  key: Uint8Array<ArrayBuffer>;
  elapsedMs: number;
}

/** A passphrase as it may leave the tab in which it was typed: a key that can be used, and not read. */
export interface PassphraseKey {
  argon2: Argon2Parameters;
  key: CryptoKey;
}

/** Derives a key from a passphrase. */
export type DeriveKey = (request: Argon2Request) => Promise<DerivedKey>;

/** The part of a Worker that is used, so that tests can stand in for it. */
export interface Argon2Worker {
  postMessage(request: Argon2Request): void;
  onmessage: ((event: MessageEvent<Argon2Answer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/** Most memory, and what is used unless the device is weak. (Specification page 7) */
export const FULL_MEMORY_KIB = 64 * 1024;

/** Less than this is never used. */
export const LEAST_MEMORY_KIB = 19 * 1024;

const ITERATIONS = 3;
const SALT_BYTES = 16;
const TARGET_MS = 1_500;

/**
 * Derives in a worker of its own, which ends with the answer: no memory of the derivation outlives it.
 *
 * @throws Error where the worker cannot start or run out of memory
 */
export function createKeyDeriver(startWorker: () => Argon2Worker): DeriveKey {
  return async (request) => {
    const worker = startWorker();
    try {
      const { promise, resolve, reject } = Promise.withResolvers<Argon2Answer>();
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message || "The worker did not start."));
      // The same passphrase, typed on another keyboard, may be composed of other code points.
      worker.postMessage({ ...request, passphrase: request.passphrase.normalize("NFC") });
      const answer = await promise;
      if ("fault" in answer) throw new Error(answer.fault);
      return answer;
    } finally {
      worker.terminate();
    }
  };
}

/**
 * Parameters for a new passphrase, with a fresh salt: all the memory of the specification, unless a small derivation
 * tells that the device would take longer than about 1.5 s for it.
 */
export async function chooseParameters(deriveKey: DeriveKey): Promise<Argon2Parameters> {
  const probe = { salt: freshSalt(), memoryKib: LEAST_MEMORY_KIB, iterations: ITERATIONS };
  const { elapsedMs } = await deriveKey({ ...probe, passphrase: "probe" });
  return { salt: freshSalt(), memoryKib: memoryFor(elapsedMs), iterations: ITERATIONS };
}

/**
 * Parameters for another passphrase, with a fresh salt: a device is measured once. What was measured lies open on the disk, where
 * others may have made little of it.
 */
export function freshParameters({ memoryKib }: Argon2Parameters): Argon2Parameters {
  return { salt: freshSalt(), memoryKib: withinBounds(memoryKib), iterations: ITERATIONS };
}

/** Memory in KiB that takes about 1.5 s, where {@link LEAST_MEMORY_KIB} takes `probeMs`. */
export function memoryFor(probeMs: number): number {
  const affordable = Math.floor(LEAST_MEMORY_KIB * TARGET_MS / Math.max(probeMs, 1));
  return withinBounds(affordable);
}

function withinBounds(memoryKib: number): number {
  return Math.min(FULL_MEMORY_KIB, Math.max(LEAST_MEMORY_KIB, memoryKib));
}

function freshSalt(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(SALT_BYTES));
}
