import { createHash, type Hash } from "node:crypto";
import { errorText } from "../log.ts";
import type { LineOutcome, LineResult } from "../relay/transfer/import_lines.ts";
import type { Importer } from "../relay/transfer/importer.ts";
import { StartFault } from "../start_fault.ts";

export interface ImportOptions {
  input: ReadableStream<Uint8Array>;
  /** Ends the import; its reason is the exit code. */
  signal: AbortSignal;
  /** Takes a line of the result. */
  print(line: string): void;
  /** Takes a line about what goes on and what is wrong. */
  say(line: string): void;
}

/** What is wrong with more lines than these is only counted. */
const MAX_REASONS = 20;
const PROGRESS_EVERY = 10_000;

/** Outcomes that are told as skipped, in words. */
const SKIPPED = {
  expired: "expired",
  deleted: "deleted before",
  older: "older than what is here",
  banned: "banned here",
  ephemeral: "never stored",
} as const satisfies Partial<Record<LineOutcome, string>>;

/**
 * Takes events in, one a line, and tells what became of them.
 *
 * @returns the exit code: 1 where anything was refused or could not be stored, the signal's reason where it came
 * @throws StartFault where the input cannot be read
 */
export async function importEvents(
  importer: Importer,
  { input, signal, print, say }: ImportOptions,
): Promise<number> {
  const counts = new Map<LineOutcome, number>();
  const broken = new AbortController();
  const stop = AbortSignal.any([signal, broken.signal]);
  let lines = 0;
  const tell = ({ number, outcome, reason }: LineResult): void => {
    const count = (counts.get(outcome) ?? 0) + 1;
    counts.set(outcome, count);
    lines += 1;
    if (outcome === "refused" && count <= MAX_REASONS) say(`line ${number}: ${reason}`);
    if (outcome === "refused" && count === MAX_REASONS + 1) say("further ones are only counted");
    if (outcome === "failed") broken.abort();
    if (lines % PROGRESS_EVERY === 0) say(`${lines} events: ${summary(counts)}`);
  };
  const hash = createHash("sha256");
  await importer.run(readAll(input, { signal: stop, hash }), { signal: stop, tell });

  print(summary(counts));
  if (broken.signal.aborted) {
    say("the events could not be stored: is the disk full? What was imported stays; run it again");
    return 1;
  }
  if (signal.aborted) {
    say(
      "stopped. What was imported stays; run it again over the same input, it skips what is here",
    );
    return signal.reason;
  }
  print(`sha256 ${hash.digest("hex")}`);
  return counts.has("refused") ? 1 : 0;
}

function summary(counts: ReadonlyMap<LineOutcome, number>): string {
  const names = Object.keys(SKIPPED) as (keyof typeof SKIPPED)[];
  const skipped = names.filter((name) => counts.has(name));
  const total = skipped.reduce((sum, name) => sum + counts.get(name)!, 0);
  const why = skipped.map((name) => `${counts.get(name)} ${SKIPPED[name]}`).join(", ");
  return [
    `imported ${counts.get("imported") ?? 0}`,
    `already here ${counts.get("known") ?? 0}`,
    `refused ${counts.get("refused") ?? 0}`,
    `skipped ${total}${why && ` (${why})`}`,
  ].join(", ");
}

/** The bytes of a stream, each also hashed; they end at the signal. */
async function* readAll(
  stream: ReadableStream<Uint8Array>,
  { signal, hash }: { signal: AbortSignal; hash: Hash },
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  signal.addEventListener("abort", () => void reader.cancel(), { once: true });
  while (!signal.aborted) {
    const chunk = await read(reader);
    if (chunk === null) return;
    hash.update(chunk);
    yield chunk;
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const { value } = await reader.read();
    return value ?? null;
  } catch (cause) {
    throw new StartFault(
      `The input cannot be read any further (${errorText(cause)}). What was imported stays.`,
      { cause },
    );
  }
}
