/** The size that keeps the shape, with no edge above the longest; none grows, and none is less than a pixel. */
export function fit(
  { width, height }: { width: number; height: number },
  maxEdge: number,
): { width: number; height: number } {
  const scale = Math.min(1, maxEdge / Math.max(width, height));
  return {
    width: Math.max(1, Math.round(width * scale)),
    height: Math.max(1, Math.round(height * scale)),
  };
}
