const MAX_WIDTH = 320;
const MAX_HEIGHT = 360;
const MIN_SIDE = 96;

/** The size at which a picture stands in a thread, in CSS pixels; known before any of it is here, so that nothing jumps. */
export function pictureBox(
  { width, height }: { width: number | null; height: number | null },
): { width: number; height: number } {
  if (!width || !height) return { width: 240, height: 180 };
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return {
    width: Math.max(MIN_SIDE, Math.round(width * scale)),
    height: Math.max(MIN_SIDE, Math.round(height * scale)),
  };
}
