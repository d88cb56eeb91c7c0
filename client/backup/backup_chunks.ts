import { owned } from "../../protocol/bytes.ts";
import { UserError } from "../user_error.ts";
import { bytesOf } from "./backup_header.ts";

/** Plain bytes of every chunk but the last one, which has 1 up to as many. */
export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const IV_BYTES = 12;

/**
 * Seals chunks of one file. Each is bound to its place, to the file's header, and to being the last one or not: so none
 * can be changed, moved, left out or cut off unnoticed. (docs/backup.md)
 */
export interface ChunkCipher {
  seal(plain: Uint8Array, place: ChunkPlace): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws UserError `backup_damaged` */
  open(sealed: Uint8Array<ArrayBuffer>, place: ChunkPlace): Promise<Uint8Array<ArrayBuffer>>;
}

interface ChunkPlace {
  /** From 0 on. */
  index: number;
  isLast: boolean;
}

/** @param header every byte before the first chunk */
export async function createChunkCipher(
  key: CryptoKey,
  header: Uint8Array<ArrayBuffer>,
): Promise<ChunkCipher> {
  const additionalData = await crypto.subtle.digest("SHA-256", header);
  const algorithm = ({ index, isLast }: ChunkPlace): AesGcmParams => {
    const iv = new DataView(new ArrayBuffer(IV_BYTES));
    iv.setBigUint64(3, BigInt(index));
    iv.setUint8(IV_BYTES - 1, Number(isLast));
    return { name: "AES-GCM", iv: iv.buffer, additionalData };
  };
  return {
    seal: async (plain, place) =>
      new Uint8Array(await crypto.subtle.encrypt(algorithm(place), key, owned(plain))),
    async open(sealed, place) {
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(place), key, sealed));
      } catch (cause) {
        throw new UserError("backup_damaged", { cause });
      }
    },
  };
}

/**
 * The chunks that follow a header, opened in order.
 *
 * @throws UserError `backup_damaged`, once what comes was changed or is missing
 */
export async function* readChunks(
  file: Blob,
  { start, cipher }: { start: number; cipher: ChunkCipher },
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const step = CHUNK_BYTES + TAG_BYTES;
  if (file.size <= start) throw new UserError("backup_damaged");
  for (let index = 0, at = start; at < file.size; index++, at += step) {
    const isLast = at + step >= file.size;
    yield await cipher.open(await bytesOf(file, at, at + step), { index, isLast });
  }
}

/** Collects bytes into sealed chunks, and these into a file. */
export interface ChunkWriter {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<Blob>;
}

/** @param header stands open before the chunks */
export function createChunkWriter(
  header: Uint8Array<ArrayBuffer>,
  cipher: ChunkCipher,
): ChunkWriter {
  // A Blob can lie on the disk; what is written goes there chunk by chunk.
  const parts = [new Blob([header])];
  const buffer = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let index = 0;

  async function flush(isLast: boolean): Promise<void> {
    const sealed = await cipher.seal(buffer.subarray(0, filled), { index: index++, isLast });
    parts.push(new Blob([sealed]));
    filled = 0;
  }

  return {
    async write(bytes) {
      let rest = bytes;
      while (rest.length > 0) {
        // Only what follows tells that a chunk is not the last one.
        if (filled === CHUNK_BYTES) await flush(false);
        const part = rest.subarray(0, CHUNK_BYTES - filled);
        buffer.set(part, filled);
        filled += part.length;
        rest = rest.subarray(part.length);
      }
    },
    async finish() {
      await flush(true);
      return new Blob(parts, { type: "application/octet-stream" });
    },
  };
}
