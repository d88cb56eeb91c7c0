/** A picture to look for a code in: four bytes for each pixel. */
export interface QrFrame {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** The longer side of a picture that is decoded: enough for a code that fills a third of it. */
const MAX_SIDE_PX = 720;

/** What a video shows now; null where it has not begun. The canvas is drawn over. */
export function grabFrame(video: HTMLVideoElement, canvas: HTMLCanvasElement): QrFrame | null {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return null;
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(videoWidth, videoHeight));
  canvas.width = Math.round(videoWidth * scale);
  canvas.height = Math.round(videoHeight * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return null;
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { width, height, data };
}
