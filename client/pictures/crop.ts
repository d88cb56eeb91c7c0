/** Which square of a picture is shown. */
export interface Crop {
  /** Quarter turns to the right, 0 to 3. */
  turns: number;
  /** 1 where the shorter edge fills the square. */
  zoom: number;
  /** How far the picture's centre is right of and below the square's, in sides of the square. */
  x: number;
  y: number;
}

interface Size {
  width: number;
  height: number;
}

export const MAX_ZOOM = 4;

/** The middle of the picture, upright. */
export const WHOLE: Crop = { turns: 0, zoom: 1, x: 0, y: 0 };

/** The nearest crop that the picture fills. */
export function clampCrop({ turns, zoom, x, y }: Crop, size: Size): Crop {
  const bounded = Math.min(MAX_ZOOM, Math.max(1, zoom));
  const shorter = Math.min(size.width, size.height);
  const { width, height } = turns % 2 === 0 ? size : { width: size.height, height: size.width };
  const clamp = (value: number, edge: number) => {
    const room = (edge / shorter * bounded - 1) / 2;
    return Math.min(room, Math.max(-room, value)) || 0;
  };
  return { turns: turns % 4, zoom: bounded, x: clamp(x, width), y: clamp(y, height) };
}

/** A quarter turn to the right about the middle of the square. */
export function turned({ turns, zoom, x, y }: Crop): Crop {
  return { turns: (turns + 1) % 4, zoom, x: -y || 0, y: x };
}

/** Draws the square over the whole canvas, on white where the picture is clear. */
export function drawCrop(canvas: HTMLCanvasElement, bitmap: ImageBitmap, crop: Crop): void {
  const context = canvas.getContext("2d")!;
  const side = canvas.width;
  const scale = side * crop.zoom / Math.min(bitmap.width, bitmap.height);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "white";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  context.translate(side * (0.5 + crop.x), side * (0.5 + crop.y));
  context.rotate(crop.turns * Math.PI / 2);
  context.scale(scale, scale);
  context.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2);
}
