import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { importEvents } from "../../../../server/admin/import_events.ts";
import type { LineOutcome } from "../../../../server/relay/transfer/import_lines.ts";
import type { Importer } from "../../../../server/relay/transfer/importer.ts";
import { StartFault } from "../../../../server/start_fault.ts";

const INPUT = "some bytes\n";

/** Runs the command over an importer that reads all and says `outcomes`, one a line. */
async function run(
  outcomes: readonly LineOutcome[],
  { input = new Blob([INPUT]).stream(), stop = new AbortController(), during = () => {} }: {
    input?: ReadableStream<Uint8Array>;
    stop?: AbortController;
    during?: () => void;
  } = {},
) {
  const importer: Importer = {
    async run(bytes, { tell }) {
      outcomes.forEach((outcome, i) => tell({ number: i + 1, outcome, reason: `why ${i + 1}` }));
      during();
      for await (const _chunk of bytes);
    },
    [Symbol.dispose]() {},
  };
  const [printed, said]: [string[], string[]] = [[], []];
  const exitCode = await importEvents(importer, {
    input,
    signal: stop.signal,
    print: (line) => void printed.push(line),
    say: (line) => void said.push(line),
  });
  return { exitCode, printed, said };
}

Deno.test("the result says what became of every line, and the hash of the input", async () => {
  const { exitCode, printed, said } = await run([
    ...["imported", "imported", "known", "older"] as const,
    ...["expired", "deleted", "deleted", "ephemeral", "banned"] as const,
  ]);
  assert.deepEqual([exitCode, said], [0, []]);
  assert.deepEqual(printed, [
    "imported 2, already here 1, refused 0, skipped 6 (1 expired, 2 deleted before, " +
    "1 older than what is here, 1 banned here, 1 never stored)",
    `sha256 ${createHash("sha256").update(INPUT).digest("hex")}`,
  ]);
});

Deno.test("the first refusals are told with their lines, all of them counted", async () => {
  const { exitCode, printed, said } = await run([
    "imported",
    ...Array.from({ length: 30 }, () => "refused" as const),
  ]);
  assert.equal(exitCode, 1);
  assert.equal(printed[0], "imported 1, already here 0, refused 30, skipped 0");
  assert.deepEqual(said, [
    ...Array.from({ length: 20 }, (_, i) => `line ${i + 2}: why ${i + 2}`),
    "further ones are only counted",
  ]);
});

Deno.test("a long import tells how far it is", async () => {
  const { said } = await run(Array.from({ length: 20_001 }, () => "imported" as const));
  assert.deepEqual(said, [
    "10000 events: imported 10000, already here 0, refused 0, skipped 0",
    "20000 events: imported 20000, already here 0, refused 0, skipped 0",
  ]);
});

Deno.test("a signal ends it, however long the input would be, with words what to do", async () => {
  const stop = new AbortController();
  const endless = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const during = () => void setTimeout(() => stop.abort(130));
  const { exitCode, printed, said } = await run(["imported"], { input: endless, stop, during });
  assert.deepEqual([exitCode, printed], [130, [
    "imported 1, already here 0, refused 0, skipped 0",
  ]]);
  assert.match(said.join("\n"), /^stopped\. What was imported stays; run it again/);
});

Deno.test("storage that fails ends it, and so does an input that cannot be read", async () => {
  const endless = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  const { exitCode, said } = await run(["imported", "failed"], { input: endless });
  assert.equal(exitCode, 1);
  assert.match(said.join("\n"), /could not be stored: is the disk full\?/);
  const broken = new ReadableStream<Uint8Array>({ pull: () => Promise.reject(new Error("EIO")) });
  const isTold = (error: unknown) => error instanceof StartFault && /EIO/.test(error.message);
  await assert.rejects(run([], { input: broken }), isTold);
});
