/** A finger that moves by less has only touched. */
const SWIPE_PX = 48;

export interface Swipe {
  /** Where the finger is, from where it began; 0 once it is lifted. */
  onmove(dx: number): void;
  onleft(): void;
  onright(): void;
  ondown(): void;
}

/** An attachment that tells how one finger, or a pressed mouse, moves; two fingers are the browser's. */
export function swipe({ onmove, onleft, onright, ondown }: Swipe) {
  return (element: HTMLElement): () => void => {
    let from: { x: number; y: number } | null = null;
    const ending = new AbortController();
    const { signal } = ending;

    function end(): void {
      from = null;
      onmove(0);
    }

    element.addEventListener("pointerdown", ({ isPrimary, clientX: x, clientY: y }) => {
      if (isPrimary) from = { x, y };
      else end();
    }, { signal });
    element.addEventListener("pointermove", ({ clientX }) => {
      if (from) onmove(clientX - from.x);
    }, { signal });
    element.addEventListener("pointerup", ({ clientX, clientY }) => {
      if (!from) return;
      const [dx, dy] = [clientX - from.x, clientY - from.y];
      end();
      if (Math.abs(dx) >= Math.max(SWIPE_PX, Math.abs(dy))) return dx < 0 ? onleft() : onright();
      if (dy >= 2 * SWIPE_PX) ondown();
    }, { signal });
    element.addEventListener("pointercancel", end, { signal });
    // A mouse that is lifted elsewhere.
    element.addEventListener("pointerleave", end, { signal });
    return () => ending.abort();
  };
}
