/**
 * How many rows of a list are drawn so far: as many as a slice has at once, which fill a screen, and the rest in further
 * slices that keep no frame waiting. For components as they begin.
 */
export function inSlices(rows: () => number, { sliceRows }: { sliceRows: number }): () => number {
  let drawn = $state(sliceRows);
  $effect(() => {
    if (drawn >= rows()) return;
    const timer = setTimeout(() => (drawn += sliceRows));
    return () => clearTimeout(timer);
  });
  return () => drawn;
}
