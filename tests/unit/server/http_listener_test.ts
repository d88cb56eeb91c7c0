import assert from "node:assert/strict";
import { openHttpListener } from "../../../server/http_listener.ts";
import { createLog } from "../../../server/log.ts";

interface Opened {
  port: number;
  fail(reason: string): Promise<void>;
  isShutDown: boolean;
}

/** A listener over a stand-in for `Deno.serve`, a clock and a timer that move by hand. */
function openStandIn() {
  const state = { nowMs: 0, opened: [] as Opened[], obstacle: null as Error | null };
  const waits: Array<{ ms: number; callback: () => void; isOff: boolean }> = [];
  const records: Array<Record<string, unknown>> = [];
  const write = (line: string) => void records.push(JSON.parse(line));
  const nowMs = () => state.nowMs;
  const listener = openHttpListener({ hostname: "127.0.0.1", port: 0 }, {
    log: createLog({ level: "debug", format: "json", write, nowMs }),
    nowMs,
    serve({ port = 0 }) {
      if (state.obstacle) throw state.obstacle;
      const finished = Promise.withResolvers<void>();
      const one: Opened = {
        port,
        isShutDown: false,
        async fail(reason) {
          finished.reject(new Deno.errors.Http(reason));
          await finished.promise.catch(() => undefined);
        },
      };
      state.opened.push(one);
      return {
        addr: { transport: "tcp", hostname: "127.0.0.1", port: 4321 },
        finished: finished.promise,
        shutdown: () => Promise.resolve(void (one.isShutDown = true)),
      };
    },
    after(ms, callback) {
      const wait = { ms, callback, isOff: false };
      waits.push(wait);
      return () => void (wait.isOff = true);
    },
  });
  const passWait = (): number => {
    const wait = waits.at(-1)!;
    state.nowMs += wait.ms;
    wait.callback();
    return wait.ms;
  };
  return { state, waits, records, listener, passWait };
}

Deno.test("a listener that fails is opened again at the same port, and told once", async () => {
  const { state, records, listener, passWait } = openStandIn();
  assert.equal(listener.port, 4321);
  await state.opened[0]!.fail("Too many open files");
  assert.equal(passWait(), 100);
  assert.deepEqual(state.opened.map(({ port }) => port), [0, 4321]);
  assert.deepEqual(records.map(({ level, event, reason }) => ({ level, event, reason })), [{
    level: "error",
    event: "http listener failed, opening again",
    reason: "Http: Too many open files",
  }]);
  await listener.stop();
  assert.deepEqual(state.opened.map(({ isShutDown }) => isShutDown), [false, true]);
});

Deno.test("the wait grows up to 5 s while opening or accepting fails, and begins anew after quiet", async () => {
  const { state, waits, records, passWait } = openStandIn();
  await state.opened[0]!.fail("Too many open files");
  state.obstacle = new Error("Too many open files");
  for (let i = 0; i < 7; i++) passWait();
  state.obstacle = null;
  passWait();
  await state.opened[1]!.fail("Too many open files");
  assert.deepEqual(
    waits.map(({ ms }) => ms),
    [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000],
  );
  assert.equal(records.length, 1);
  passWait();
  state.nowMs += 5_000;
  await state.opened[2]!.fail("Too many open files");
  assert.equal(waits.at(-1)!.ms, 100);
  assert.equal(records.length, 2);
});

Deno.test("a listener that stops is not opened again", async () => {
  const waiting = openStandIn();
  await waiting.state.opened[0]!.fail("Too many open files");
  await waiting.listener.stop();
  assert.equal(waiting.waits[0]!.isOff, true);

  const open = openStandIn();
  await open.listener.stop();
  await open.state.opened[0]!.fail("interrupted");
  assert.deepEqual([open.waits.length, open.records.length], [0, 0]);
});

Deno.test("an error that the answerer throws is a problem, and its words stay out of the log", async () => {
  const records: Array<Record<string, unknown>> = [];
  const write = (line: string) => void records.push(JSON.parse(line));
  const log = createLog({ level: "debug", format: "json", write, nowMs: () => 0 });
  const listener = openHttpListener({ hostname: "127.0.0.1", port: 0 }, { log, nowMs: () => 0 });
  listener.answerWith(({ url }) => {
    throw new TypeError(`cannot answer ${url}`);
  });
  const response = await fetch(`http://127.0.0.1:${listener.port}/secret?of=alice`);
  assert.equal(response.status, 500);
  assert.equal((await response.json()).code, "internal");
  await listener.stop();
  assert.deepEqual(records.map(({ event, reason }) => ({ event, reason })), [
    { event: "request failed", reason: "TypeError" },
  ]);
});
