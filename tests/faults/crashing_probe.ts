/** Stands in the place of `server/storage_probe.ts`: the first question after the health of the server breaks it. */
import type { createStorageProbe as createReal } from "../../server/storage_probe.ts";

export const createStorageProbe: typeof createReal = () => () => {
  setTimeout(() => {
    throw new Error("something that nobody foresaw");
  }, 0);
  return new Promise(() => {});
};
