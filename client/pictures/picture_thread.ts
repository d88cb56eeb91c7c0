import type { PictureWorks } from "./picture_works.ts";
import { PictureFault } from "./png.ts";

/** What the worker is asked. */
export interface PictureRequest {
  id: number;
  work: keyof PictureWorks;
  args: unknown[];
}

/** What the worker answers. */
export type PictureAnswer =
  | { id: number; bytes: Uint8Array<ArrayBuffer> }
  | { id: number; fault: string; isOfPicture: boolean };

/** The part of a Worker that is used. */
export interface PictureWorker {
  postMessage(request: PictureRequest): void;
  onmessage: ((event: MessageEvent<PictureAnswer>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/**
 * The works in a worker, which is started with the first of them and ends with the last: no key outlives its use there.
 *
 * @throws Error from each work where the worker cannot start
 */
export function createPictureThread(startWorker: () => PictureWorker): PictureWorks {
  const waiting = new Map<number, PromiseWithResolvers<Uint8Array<ArrayBuffer>>>();
  let worker: PictureWorker | null = null;
  let lastId = 0;

  function open(): PictureWorker {
    const started = startWorker();
    started.onmessage = ({ data }) => {
      const asked = waiting.get(data.id);
      if ("bytes" in data) asked?.resolve(data.bytes);
      else asked?.reject(data.isOfPicture ? new PictureFault(data.fault) : new Error(data.fault));
    };
    started.onerror = ({ message }) => {
      for (const { reject } of waiting.values()) {
        reject(new Error(message || "The worker did not start."));
      }
    };
    return started;
  }

  function ask(work: keyof PictureWorks) {
    return async (...args: unknown[]) => {
      const id = ++lastId;
      const asked = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
      waiting.set(id, asked);
      try {
        worker ??= open();
        worker.postMessage({ id, work, args });
        return await asked.promise;
      } finally {
        waiting.delete(id);
        if (waiting.size === 0) {
          worker?.terminate();
          worker = null;
        }
      }
    };
  }

  return {
    scramble: ask("scramble"),
    unscramble: ask("unscramble"),
    toJpeg: ask("toJpeg"),
    toPng: ask("toPng"),
  };
}
