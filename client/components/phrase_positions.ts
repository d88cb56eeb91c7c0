/** Draws `count` different positions from 1 to `of`, in ascending order. */
export function drawPositions(
  { of, count, random = Math.random }: { of: number; count: number; random?: () => number },
): number[] {
  const left = Array.from({ length: of }, (_, index) => index + 1);
  const drawn = Array.from({ length: Math.min(count, of) }, () => {
    return left.splice(Math.floor(random() * left.length), 1)[0]!;
  });
  return drawn.sort((a, b) => a - b);
}
