import { DamagedBackup } from "./backup_faults.ts";

/** Hands out a stream's bytes in the pieces that are asked for. */
export interface ByteReader {
  /** @throws DamagedBackup where the stream has fewer */
  exactly(count: number): Promise<Uint8Array>;
  /** The next `count` bytes, in pieces as they come. @throws DamagedBackup where the stream has fewer */
  pieces(count: number): AsyncGenerator<Uint8Array>;
  /** Whether there is nothing more. */
  isAtEnd(): Promise<boolean>;
  /** How many bytes were handed out. */
  taken(): number;
}

/** @param tell gets every byte that is handed out, in order */
export function createByteReader(
  source: AsyncIterable<Uint8Array>,
  tell: (bytes: Uint8Array) => void,
): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let rest = new Uint8Array() as Uint8Array;
  let taken = 0;

  /** False at the end of the stream. */
  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      const { done, value } = await chunks.next();
      if (done) return false;
      rest = value;
    }
    return true;
  }

  async function* pieces(count: number): AsyncGenerator<Uint8Array> {
    for (let left = count; left > 0;) {
      if (!await fill()) throw new DamagedBackup("cut-off");
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      taken += piece.length;
      tell(piece);
      yield piece;
    }
  }

  return {
    async exactly(count) {
      const bytes = new Uint8Array(count);
      let at = 0;
      for await (const piece of pieces(count)) {
        bytes.set(piece, at);
        at += piece.length;
      }
      return bytes;
    },
    pieces,
    isAtEnd: async () => !await fill(),
    taken: () => taken,
  };
}
