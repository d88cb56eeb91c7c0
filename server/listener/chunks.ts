/** One subscription of a relay: so many addrs as it accepts in a filter. */
export interface Chunk {
  id: string;
  addrs: string[];
}

/**
 * Spreads addrs over chunks so that those which stay keep their place: only what changed is asked for again.
 *
 * @param size most addrs of a chunk
 * @param letter what the ids of new chunks begin with
 */
export function assignChunks(
  before: readonly Chunk[],
  { addrs, size, letter = "m" }: { addrs: readonly string[]; size: number; letter?: string },
): { chunks: Chunk[]; changed: Chunk[]; closed: string[] } {
  const wanted = new Set(addrs);
  const changed = new Set<string>();
  const chunks = before.filter((chunk) => chunk.addrs.length <= size).map(({ id, addrs: old }) => {
    const kept = old.filter((addr) => wanted.delete(addr));
    if (kept.length < old.length) changed.add(id);
    return { id, addrs: kept };
  });
  for (const addr of wanted) {
    let chunk = chunks.find((one) => one.addrs.length < size);
    if (!chunk) {
      chunk = { id: freeId(chunks, letter), addrs: [] };
      chunks.push(chunk);
    }
    chunk.addrs.push(addr);
    changed.add(chunk.id);
  }
  const filled = chunks.filter((chunk) => chunk.addrs.length > 0);
  const ids = new Set(filled.map(({ id }) => id));
  return {
    chunks: filled,
    changed: filled.filter(({ id }) => changed.has(id)),
    closed: before.map(({ id }) => id).filter((id) => !ids.has(id)),
  };
}

function freeId(chunks: readonly Chunk[], letter: string): string {
  const ids = new Set(chunks.map(({ id }) => id));
  for (let i = 0;; i++) if (!ids.has(`${letter}${i}`)) return `${letter}${i}`;
}
