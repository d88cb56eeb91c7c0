import assert from "node:assert/strict";
import type { InputLine } from "../../../../../server/relay/transfer/event_lines.ts";
import {
  importLines,
  type ImportRules,
  type LineResult,
} from "../../../../../server/relay/transfer/import_lines.ts";
import type { Ingest, IngestAnswer } from "../../../../../server/relay/ingest/ingest.ts";
import { createFakeMembers } from "../../../../relay/support/fake_members.ts";
import { makeEvent, nowS } from "../../../../relay/support/events.ts";

const RULES: ImportRules = {
  members: createFakeMembers(),
  moderation: { isBannedKey: () => false, isAllowedKey: () => false, isBannedEvent: () => false },
  publicUrl: "wss://relay.example.org/",
  retentionS: 3600,
  nowS,
};

/** An ingest that takes one event at a time and is answered by hand. */
function createSlowIngest() {
  const pending: ((answer: IngestAnswer) => void)[] = [];
  let waiting: () => void = () => {};
  const asked = { times: 0 };
  const ingest: Ingest = {
    hasRoom: () => pending.length === 0,
    onRoom: (callback) => void (waiting = callback),
    submit(_prepared, answer) {
      pending.push(answer);
      asked.times += 1;
    },
    drained: () => Promise.resolve(),
  };
  const answer = (given: IngestAnswer) => {
    pending.splice(0).forEach((take) => take(given));
    waiting();
  };
  return { ingest, asked, answer };
}

function createLines(count: number) {
  const text = JSON.stringify(makeEvent());
  const read = { lines: 0 };
  async function* lines(): AsyncGenerator<InputLine> {
    for (let number = 1; number <= count; number++) {
      read.lines = number;
      yield await Promise.resolve({ number, text });
    }
  }
  return { lines: lines(), read };
}

/** Lets every promise that is settled be heard. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("no line is read before there is room for it", async () => {
  const { ingest, asked, answer } = createSlowIngest();
  const { lines, read } = createLines(5);
  const { signal } = new AbortController();
  const results: LineResult[] = [];
  const tell = (result: LineResult) => void results.push(result);
  const ended = importLines(lines, { ingest, rules: RULES, signal, tell });
  for (let number = 1; number <= 5; number++) {
    await turn();
    assert.deepEqual([read.lines, asked.times, results.length], [number, number, number - 1]);
    answer({ accepted: true, message: "" });
  }
  await ended;
  assert.deepEqual(results.map(({ number }) => number), [1, 2, 3, 4, 5]);
});

Deno.test("a signal ends the reading", async () => {
  const { ingest, asked, answer } = createSlowIngest();
  const { lines } = createLines(5);
  const stop = new AbortController();
  const ended = importLines(lines, { ingest, rules: RULES, signal: stop.signal, tell: () => {} });
  await turn();
  stop.abort();
  answer({ accepted: true, message: "" });
  await ended;
  assert.equal(asked.times, 1);
});

Deno.test("each answer of the relay has an outcome", async () => {
  const cases: Array<[IngestAnswer, string, string]> = [
    [{ accepted: true, message: "" }, "imported", ""],
    [{ accepted: true, message: "duplicate: it is here" }, "known", ""],
    [{ accepted: false, message: "duplicate: a newer version" }, "older", ""],
    [{ accepted: false, message: "blocked: it was deleted" }, "deleted", ""],
    [
      { accepted: false, message: "invalid: the signature: wrong" },
      "refused",
      "the signature: wrong",
    ],
    [{ accepted: false, message: "error: try again" }, "failed", "try again"],
  ];
  for (const [given, outcome, reason] of cases) {
    const { ingest, answer } = createSlowIngest();
    const { lines } = createLines(1);
    const results: LineResult[] = [];
    const ended = importLines(lines, {
      ingest,
      rules: RULES,
      signal: new AbortController().signal,
      tell: (result) => void results.push(result),
    });
    await turn();
    answer(given);
    await ended;
    assert.deepEqual(results, [{ number: 1, outcome, reason }]);
  }
});
