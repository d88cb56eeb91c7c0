/// <reference lib="deno.worker" />
import { authorKey, publicEvent } from "./public_events.ts";
import { signFast } from "./relay_client.ts";

/** Events to write to a file, one a line. */
export interface SignJob {
  path: string;
  /** First number, and the one after the last. */
  from: number;
  to: number;
  /** The second of event 0. */
  firstS: number;
}

self.onmessage = ({ data: { path, from, to, firstS } }: MessageEvent<SignJob>) => {
  let text = "";
  for (let index = from; index < to; index += 1) {
    const { template, author } = publicEvent(index, firstS);
    text += `${JSON.stringify(signFast(template, authorKey(author)))}\n`;
  }
  // Half a file would be taken for a whole one.
  Deno.writeTextFileSync(`${path}.part`, text);
  Deno.renameSync(`${path}.part`, path);
  self.postMessage(null);
};
