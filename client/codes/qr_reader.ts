import { grabFrame } from "./qr_frame.ts";

/** Reads QR codes off what a camera shows. */
export interface QrReader {
  /** The text of the code that is seen at present; null for none, and where the video has not begun. */
  read(video: HTMLVideoElement): Promise<string | null>;
  /** Nothing is read any more. */
  stop(): void;
}

/** The part of the browser's own reader that is used. (Shape Detection API) */
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

const FORMAT = "qr_code";
/** The browser's own reader where it has one for QR codes, else one in a worker. */
export async function createQrReader(): Promise<QrReader> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: DetectorClass };
  const formats = await BarcodeDetector?.getSupportedFormats().catch((): string[] => []);
  if (BarcodeDetector && formats?.includes(FORMAT)) {
    return nativeReader(new BarcodeDetector({ formats: [FORMAT] }));
  }
  return workerReader(new Worker(new URL("./qr_worker.ts", import.meta.url), { type: "module" }));
}

function nativeReader(detector: Detector): QrReader {
  return {
    async read(video) {
      if (video.readyState < video.HAVE_CURRENT_DATA) return null;
      return (await detector.detect(video))[0]?.rawValue ?? null;
    },
    stop() {},
  };
}

function workerReader(worker: Worker): QrReader {
  const canvas = document.createElement("canvas");
  return {
    async read(video) {
      const frame = grabFrame(video, canvas);
      if (!frame) return null;
      const answer = Promise.withResolvers<string | null>();
      worker.onmessage = ({ data }) => answer.resolve(data);
      worker.onerror = ({ message }) => answer.reject(new Error(message));
      worker.postMessage(frame, [frame.data.buffer]);
      return await answer.promise;
    },
    stop: () => worker.terminate(),
  };
}
