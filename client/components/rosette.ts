/** Twelve hues (degrees of OKLCH) that leave out amber, which means that someone waits. */
const HUES = [20, 40, 105, 130, 155, 180, 205, 230, 255, 285, 315, 345];

/** A ring of six equal shapes around the centre of a square from −50 to 50. */
export interface Ring {
  /** SVG path of the shape that points up. */
  path: string;
  /** Where the first shape stands, degrees clockwise. */
  turn: 0 | 30;
  /** Which of the two hues. */
  tone: 0 | 1;
}

/** A picture of a primary: the same bytes give the same rosette everywhere. */
export interface Rosette {
  /** Two different hues, degrees. */
  hues: [number, number];
  /** From the back to the front. */
  rings: Ring[];
  /** Radius of the disc in the middle, and of the hole in it. */
  disc: { radius: number; hole: number };
}

/** Draws the six-fold rosette of `ed25519:<64 hex>`. */
export function rosetteOf(primary: string): Rosette {
  const bytes = hexBytes(primary.slice(primary.indexOf(":") + 1));
  const at = (index: number) => bytes[index % bytes.length] ?? 0;
  const first = at(0) % HUES.length;
  const second = (first + 2 + at(1) % (HUES.length - 3)) % HUES.length;
  const turn = at(2) % 2 === 0 ? 0 : 30;
  const outer = shape(at(3), { reach: 34 + at(4) % 11, width: 9 + at(5) % 8 });
  const inner = shape(at(6), { reach: 19 + at(7) % 10, width: 6 + at(8) % 7 });
  const rings: Ring[] = [
    { path: outer, turn, tone: 0 },
    { path: inner, turn: at(9) % 2 === 0 ? turn : turn === 0 ? 30 : 0, tone: 1 },
  ];
  if (at(10) % 3 > 0) {
    const bead = circle({ at: 26 + at(11) % 14, radius: 2.5 + at(12) % 4 });
    rings.push({ path: bead, turn: turn === 0 ? 30 : 0, tone: 1 });
  }
  const radius = 5 + at(13) % 5;
  return {
    hues: [HUES[first]!, HUES[second]!],
    rings,
    disc: { radius, hole: at(14) % 2 === 0 ? 0 : radius * 0.5 },
  };
}

function shape(choice: number, { reach, width }: { reach: number; width: number }): string {
  const [w, r] = [width, reach];
  switch (choice % 4) {
    case 0: // a leaf
      return `M0 0C${w} ${-0.3 * r} ${w} ${-0.7 * r} 0 ${-r}C${-w} ${-0.7 * r} ${-w} ${
        -0.3 * r
      } 0 0Z`;
    case 1: // a drop, broad at the outside
      return `M0 0C${0.5 * w} ${-0.4 * r} ${1.5 * w} ${-r} 0 ${-r}C${-1.5 * w} ${-r} ${-0.5 * w} ${
        -0.4 * r
      } 0 0Z`;
    case 2: // a kite
      return `M0 ${-0.15 * r}L${0.75 * w} ${-0.65 * r}L0 ${-r}L${-0.75 * w} ${-0.65 * r}Z`;
    default: // a round petal
      return circle({ at: r - 0.85 * w, radius: 0.85 * w });
  }
}

function circle({ at, radius }: { at: number; radius: number }): string {
  return `M0 ${-at - radius}A${radius} ${radius} 0 1 1 0 ${
    -at + radius
  }A${radius} ${radius} 0 1 1 0 ${-at - radius}Z`;
}

function hexBytes(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16) || 0);
}
