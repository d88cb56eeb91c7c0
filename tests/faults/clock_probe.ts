/**
 * Stands in the place of `server/storage_probe.ts` inside the real server Worker: whoever asks for the health of the server
 * sets its clock to what the file `clock` in the data folder says, in milliseconds before or after the right time.
 */
import { createStorageProbe as createReal } from "../../server/storage_probe.ts";

const path = `${new URL(import.meta.url).searchParams.get("data")}/clock`;
const rightNowMs = Date.now;
const readOffset = () => Number(Deno.readTextFileSync(path));
let offsetMs = readOffset();
Date.now = () => rightNowMs() + offsetMs;

export const createStorageProbe: typeof createReal = (deps) => {
  const isWritable = createReal(deps);
  return () => {
    offsetMs = readOffset();
    return isWritable();
  };
};
