import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFile } from "./is_file.ts";
import { EVENTS_VERSION, firstSecond } from "./public_events.ts";
import type { SignJob } from "./sign_worker.ts";

/** Events of one file. */
const PART_EVENTS = 10_000;
const SIGNERS = 2;

/**
 * JSON of the first `count` public events, signed. Signing takes 0.3 ms each, so that they are kept in the folder for
 * temporary files; what is missing there is signed first, and those of other months or versions go.
 */
export async function loadSignedEvents(count: number): Promise<string[]> {
  const lines: string[] = [];
  for (const path of await signedParts(count)) {
    lines.push(...Deno.readTextFileSync(path).trimEnd().split("\n"));
  }
  return lines.slice(0, count);
}

/** The same for the events numbered `from` to before `to`, without holding them all; ready when the promise is. */
export async function readSignedEvents(from: number, to: number): Promise<AsyncIterator<string>> {
  const paths = await signedParts(to);
  return (async function* () {
    for (let part = Math.floor(from / PART_EVENTS); part < paths.length; part += 1) {
      const lines = (await Deno.readTextFile(paths[part]!)).trimEnd().split("\n");
      const start = part * PART_EVENTS;
      yield* lines.slice(Math.max(0, from - start), to - start);
    }
  })();
}

/** Paths of the files that hold the first `count` events, in order; {@link PART_EVENTS} lines each. */
async function signedParts(count: number): Promise<string[]> {
  const firstS = firstSecond(Date.now());
  const folder = keepFolder(
    join(tmpdir(), "kez-chat-bench"),
    `events-v${EVENTS_VERSION}-${firstS}`,
  );
  const paths = Array.from(
    { length: Math.ceil(count / PART_EVENTS) },
    (_, part) => join(folder, `${part}.jsonl`),
  );
  const jobs = paths.map((path, part) => ({
    ...{ path, firstS },
    from: part * PART_EVENTS,
    to: (part + 1) * PART_EVENTS,
  })).filter(({ path }) => !isFile(path));
  if (jobs.length > 0) {
    console.log(`signing ${(jobs.length * PART_EVENTS).toLocaleString("en-GB")} events`);
    await Promise.all(Array.from({ length: SIGNERS }, () => signAll(jobs)));
  }
  return paths;
}

/** Makes a folder within another, where nothing else stays. Returns its path. */
export function keepFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  Deno.mkdirSync(folder, { recursive: true });
  for (const other of Deno.readDirSync(parent)) {
    if (other.name !== name) Deno.removeSync(join(parent, other.name), { recursive: true });
  }
  return folder;
}

/** Works off a list shared with other signers. */
async function signAll(jobs: SignJob[]): Promise<void> {
  const worker = new Worker(new URL("./sign_worker.ts", import.meta.url), { type: "module" });
  for (let job = jobs.shift(); job; job = jobs.shift()) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    worker.onmessage = () => resolve();
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(job);
    await promise;
  }
  worker.terminate();
}
