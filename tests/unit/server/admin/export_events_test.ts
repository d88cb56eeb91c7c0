import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { exportEvents } from "../../../../server/admin/export_events.ts";
import type { EventReader } from "../../../../server/relay/store/event_reader.ts";
import { StartFault } from "../../../../server/start_fault.ts";

/** A reader of events that are their numbers, which says what is done with it. */
function createReader(count: number) {
  const done: string[] = [];
  const reader: EventReader = {
    seqOf: (id) => /^\d+$/.test(id) ? Number(id) : null,
    after(seq, limit) {
      done.push(`read behind ${seq}`);
      const length = Math.min(limit, Math.max(0, count - seq));
      return Array.from({ length }, (_, i) => ({ seq: seq + i + 1, json: `{"n":${seq + i + 1}}` }));
    },
    [Symbol.dispose]() {},
  };
  return { reader, done };
}

const linesTo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `{"n":${from + i}}\n`).join("");

Deno.test("every event is a line, and a page is read when the last one is taken", async () => {
  const { reader, done } = createReader(300);
  let text = "";
  const write = async (bytes: Uint8Array) => {
    await Promise.resolve();
    text += new TextDecoder().decode(bytes);
    done.push("written");
  };
  const { events, sha256 } = await exportEvents(reader, { after: null, write });
  assert.equal(text, linesTo(1, 300));
  assert.deepEqual([events, sha256], [300, createHash("sha256").update(text).digest("hex")]);
  assert.deepEqual(done, [
    ...["read behind 0", "written", "read behind 128", "written", "read behind 256", "written"],
    "read behind 300",
  ]);
});

Deno.test("an export goes on behind an event, and says so where that is not here", async () => {
  const { reader } = createReader(300);
  let text = "";
  const write = (bytes: Uint8Array) => {
    text += new TextDecoder().decode(bytes);
    return Promise.resolve();
  };
  assert.equal((await exportEvents(reader, { after: "298", write })).events, 2);
  assert.equal(text, linesTo(299, 300));
  assert.equal((await exportEvents(reader, { after: "300", write })).events, 0);
  const isTold = (error: unknown) =>
    error instanceof StartFault &&
    /^--after: there is no event "x" here\. .* earlier line/.test(error.message);
  await assert.rejects(exportEvents(reader, { after: "x", write }), isTold);
});

Deno.test("an output that is closed ends the reading", async () => {
  const { reader, done } = createReader(300);
  const write = () => Promise.reject(new Deno.errors.BrokenPipe());
  await assert.rejects(exportEvents(reader, { after: null, write }), Deno.errors.BrokenPipe);
  assert.deepEqual(done, ["read behind 0"]);
});

for (
  const [name, isDamaged, kept] of [
    [
      "in the middle",
      (seq: number) => seq >= 130 && seq < 150,
      linesTo(1, 129) + linesTo(150, 300),
    ],
    ["at the end", (seq: number) => seq >= 290, linesTo(1, 289)],
  ] as const
) {
  Deno.test(`what a damaged database holds around a place ${name} is printed, and the gap is told`, async () => {
    const { reader } = createReader(300);
    const damaged: EventReader = {
      ...reader,
      after(seq, limit) {
        const page = reader.after(seq, limit);
        if (page.some((event) => isDamaged(event.seq))) {
          throw new Error("database disk image is malformed");
        }
        return page;
      },
    };
    let text = "";
    const write = (bytes: Uint8Array) => {
      text += new TextDecoder().decode(bytes);
      return Promise.resolve();
    };
    const { gaps } = await exportEvents(damaged, { after: null, write });
    assert.equal(text, kept);
    assert.equal(gaps, 1);
  });
}

Deno.test("another fault than damage ends an export", async () => {
  const { reader } = createReader(300);
  const after = () => {
    throw new Error("database is locked");
  };
  const write = () => Promise.resolve();
  const exporting = exportEvents({ ...reader, after }, { after: null, write });
  await assert.rejects(exporting, /database is locked/);
});
