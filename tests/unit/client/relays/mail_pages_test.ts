import assert from "node:assert/strict";
import { KIND } from "../../../../protocol/nostr_event.ts";
import type { Reader } from "../../../../client/relays/reader.ts";
import { createRandom, fuzzSeeds } from "../../../support/random.ts";
import { makeMail } from "../../../relay/support/events.ts";
import type { FakeSocket } from "./fake_environment.ts";
import { addr, answer, letIn, mailAt, startReader } from "./reader_box.ts";

Deno.test("stored mail is dealt with oldest first, page by page, before the cursor moves", async () => {
  const { environment, until, nowS, handled, cursors } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const newest = [mailAt(nowS - 10), mailAt(nowS - 20), mailAt(nowS - 30)];
  const older = [newest[2]!, mailAt(nowS - 40), mailAt(nowS - 50)];
  const untils = await answer(socket, { id, answers: [newest, older] });
  assert.deepEqual(untils.map((untilS) => untilS - nowS), [-30]);
  assert.deepEqual(cursors, []);
  const [, lastId, last] = await socket.next("REQ");
  assert.equal((last as { until: number }).until, nowS - 50);
  await answer(socket, { id: lastId as string, answers: [older.slice(2)] });
  await until("connected");
  assert.deepEqual(handled.map(({ created_at }) => created_at - nowS), [
    -30,
    -20,
    -10,
    -50,
    -40,
    -30,
    -50,
  ]);
  assert.deepEqual(cursors, [nowS - 10]);
  assert.equal((await socket.next("CLOSE"))[1], lastId);
});

Deno.test("a relay that cuts its answers short, in the middle of a second, hides nothing that is older", async () => {
  const { environment, until, nowS, handled } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const atOnce = Array.from({ length: 20 }, () => mailAt(nowS - 10));
  const before = mailAt(nowS - 11);
  const untils = await answer(socket, { id, answers: [atOnce, atOnce, [before], [before]] });
  await until("connected");
  assert.deepEqual(untils.map((untilS) => untilS - nowS), [-10, -11, -11]);
  assert.ok(handled.some((event) => event.id === before.id));
});

Deno.test("a relay that puts the same mail into every answer is read to its end, and hides nothing older", async () => {
  const { environment, until, nowS, handled } = startReader();
  const socket = environment.socket();
  const { id, filter } = await letIn(socket);
  const added = Array.from({ length: 10 }, () => mailAt(nowS - 10));
  const beforeAll = mailAt(filter.since as number - 1);
  const before = mailAt(nowS - 20);
  const stored = [[], [], [before], [before], []];
  const answers = stored.map((events) => [...added, beforeAll, ...events]);
  const untils = await answer(socket, { id, answers });
  await until("connected");
  assert.deepEqual(untils.map((untilS) => untilS - nowS), [-10, -11, -20, -21]);
  assert.ok(handled.some((event) => event.id === before.id));
});

Deno.test("a relay that cuts its answers and adds what is newer hides nothing that is older", async () => {
  const { environment, until, nowS } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const added = Array.from({ length: 5 }, () => mailAt(nowS - 1));
  const atOnce = Array.from({ length: 20 }, () => mailAt(nowS - 10));
  const page = [...added, ...atOnce];
  const untils = await answer(socket, { id, answers: [page, page, added] });
  await until("connected");
  assert.deepEqual(untils.map((untilS) => untilS - nowS), [-10, -11]);
});

Deno.test("mail that comes while an answer is sent, and is dated back, hides nothing between", async () => {
  for (const isQuietFirst of [false, true]) {
    const { environment, until, nowS, handled } = startReader({ isQuietFirst });
    const socket = environment.socket();
    const { id } = await letIn(socket);
    const stored = Array.from({ length: 20 }, (_, i) => mailAt(nowS - 10 - i));
    const late = makeMail(addr, { created_at: nowS - 5_000, kind: KIND.quiet });
    const between = mailAt(nowS - 40);
    const answers = [[...stored, late], [...stored.slice(-2), between], [between]];
    const untils = await answer(socket, { id, answers });
    await until("connected");
    assert.deepEqual(untils.map((untilS) => untilS - nowS), [-28, -40]);
    assert.ok(handled.some((event) => event.id === between.id));
  }
});

Deno.test("a relay whose answers never end is left", async () => {
  const { environment, until, nowS } = startReader();
  const socket = environment.socket();
  const { id } = await letIn(socket);
  const answers = Array.from({ length: 42 }, () => [mailAt(nowS - 10)]);
  await answer(socket, { id, answers });
  await until("waiting");
  assert.ok(socket.isEnded);
});

Deno.test("wherever a relay cuts its answers, and whatever comes live meanwhile, all that it holds is read", async () => {
  const template = mailAt(0);
  for (const seed of fuzzSeeds(40)) {
    const random = createRandom(seed);
    // Nobody looks at a signature here, and so many would take long.
    const unsignedAt = (atS: number) => ({ ...template, id: random.hex(), created_at: atS });
    const { environment, reader, nowS, handled } = startReader();
    const socket = environment.socket();
    let { id, filter } = await letIn(socket);
    const since = filter.since as number;
    // A second that holds as much as an answer hides what else it holds.
    const perSecond = 1 + random.int(9);
    const limit = 10 + random.int(50);
    const stored = Array.from(
      { length: random.int(300) },
      (_, i) => unsignedAt(nowS - Math.floor(i / perSecond)),
    );
    while (reader.state !== "connected") {
      const upTo = (filter.until as number | undefined) ?? Infinity;
      const page = stored.filter((event) => event.created_at <= upTo).slice(0, limit);
      const late = random.int(2) * Math.floor(page.length / 10);
      for (let i = 0; i < late; i++) page.push(unsignedAt(since + random.int(nowS - since)));
      for (const event of page) socket.receive("EVENT", id, event);
      socket.receive("EOSE", id);
      const next = await nextQuestion(socket, reader);
      if (next) [, id, filter] = next;
    }
    const read = new Set(handled.map((event) => event.id));
    assert.ok(stored.every((event) => read.has(event.id)), `seed ${seed}`);
  }
});

/** The next REQ; null once the reader has all. */
async function nextQuestion(socket: FakeSocket, reader: Reader): Promise<Question | null> {
  const isAsked = () => socket.frames.some(([verb]) => verb === "REQ");
  while (!isAsked() && reader.state !== "connected") {
    await new Promise((resolve) => setTimeout(resolve));
  }
  return isAsked() ? await socket.next("REQ") as Question : null;
}

type Question = [string, string, Record<string, unknown>];
