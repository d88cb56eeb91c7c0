/**
 * Takes back the filter of each row. (PNG, "Filtering")
 *
 * @param rows each with its filter's number before it
 * @param layout `stride` is the number of bytes in a row, its filter not counted
 * @returns the rows without filters; null where one has an unknown filter
 */
export function unfilter(
  rows: Uint8Array,
  { stride, height, channels }: { stride: number; height: number; channels: number },
): Uint8Array | null {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)]!;
    if (filter > 4) return null;
    const row = out.subarray(y * stride, (y + 1) * stride);
    row.set(rows.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    const above = y > 0 ? out.subarray((y - 1) * stride, y * stride) : null;
    addPrediction(row, { filter, above, channels });
  }
  return out;
}

/** Adds to each byte what its neighbours made expect: left, above, and above to the left; 0 beyond the edge. */
function addPrediction(
  row: Uint8Array,
  { filter, above, channels }: { filter: number; above: Uint8Array | null; channels: number },
): void {
  if (filter === 0) return;
  for (let x = 0; x < row.length; x++) {
    const isFirst = x < channels;
    const left = isFirst ? 0 : row[x - channels]!;
    const up = above ? above[x]! : 0;
    const corner = isFirst || !above ? 0 : above[x - channels]!;
    row[x] = row[x]! + predict(filter, { left, up, corner });
  }
}

function predict(
  filter: number,
  { left, up, corner }: { left: number; up: number; corner: number },
): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >>> 1;
  const guess = left + up - corner;
  const [byLeft, byUp] = [Math.abs(guess - left), Math.abs(guess - up)];
  const byCorner = Math.abs(guess - corner);
  if (byLeft <= byUp && byLeft <= byCorner) return left;
  return byUp <= byCorner ? up : corner;
}
