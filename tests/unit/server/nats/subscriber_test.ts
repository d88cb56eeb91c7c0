import assert from "node:assert/strict";
import type { Msg, NatsConnection } from "@nats-io/nats-core/internal";
import { Problem } from "../../../../server/problems.ts";
import type { Callout } from "../../../../server/nats/callout.ts";
import { startSubscriber, type SubscriberDeps } from "../../../../server/nats/subscriber.ts";
import { type LogLine, recordingLog } from "../../../http/support.ts";
import { nkeyOf } from "../../../support/nats_request.ts";

type Callback = (error: Error | null, message: Msg) => void;

/** A connection that does nothing by itself. */
function fakeConnection() {
  const closed = Promise.withResolvers<void>();
  const subscribed = Promise.withResolvers<
    { subject: string; queue: string; callback: Callback }
  >();
  const connection = {
    subscribe(subject: string, options: { queue: string; callback: Callback }) {
      subscribed.resolve({ subject, ...options });
      return { unsubscribe: () => undefined };
    },
    closed: () => closed.promise,
    close: () => Promise.resolve(closed.resolve()),
    async *status() {
      yield { type: "disconnect" };
      yield { type: "reconnect" };
      yield { type: "error", error: new Error("no rights") };
      await closed.promise;
    },
  };
  return { connection: connection as unknown as NatsConnection, subscribed: subscribed.promise };
}

function start(
  { answer = () => Promise.resolve("good"), ...given }: Partial<SubscriberDeps> & {
    answer?: Callout["answer"];
  },
) {
  const lines: LogLine[] = [];
  const timers: Array<{ ms: number; run(): void; isCancelled: boolean }> = [];
  const subscriber = startSubscriber({
    url: "nats://127.0.0.1",
    login: nkeyOf("user", 4),
    callout: { answer },
    connect: () => Promise.reject(new Error("refused")),
    afterMs(ms, run) {
      const timer = { ms, run, isCancelled: false };
      timers.push(timer);
      return () => void (timer.isCancelled = true);
    },
    log: recordingLog(lines),
    ...given,
  });
  return { subscriber, timers, events: () => lines.map(({ event }) => event) };
}

/** A subscriber whose connection stands, and which answers nothing before the gate is opened. */
async function startBehindGate() {
  const { connection, subscribed } = fakeConnection();
  const gate = Promise.withResolvers<string>();
  const { subscriber, events } = start({
    connect: () => Promise.resolve(connection),
    answer: () => gate.promise,
  });
  const { callback } = await subscribed;
  return { subscriber, events, callback, gate };
}

/** A request, and a promise of what is responded. */
function request(text: string, data = new TextEncoder().encode(text)) {
  const responded = Promise.withResolvers<string>();
  const message = {
    data,
    string: () => text,
    respond: (answer: string) => (responded.resolve(answer), true),
  } as unknown as Msg;
  return { message, response: responded.promise };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("requests are shared with other processes and answered; what is no good one gets an empty answer at once", async () => {
  const { connection, subscribed } = fakeConnection();
  const { subscriber, events } = start({
    connect: () => Promise.resolve(connection),
    answer(token) {
      if (token === "bad") return Promise.reject(new Problem("forbidden", "No."));
      return token === "broken" ? Promise.reject(new Error("disk")) : Promise.resolve(`${token}!`);
    },
  });
  const { subject, queue, callback } = await subscribed;
  assert.deepEqual([subject, queue], ["$SYS.REQ.USER.AUTH", "kez-chat"]);
  const answers = { good: "good!", bad: "", broken: "" };
  for (const [token, answer] of Object.entries(answers)) {
    const { message, response } = request(token);
    callback(null, message);
    assert.equal(await response, answer, token);
  }
  const huge = request("x", new Uint8Array(65_537));
  callback(null, huge.message);
  assert.equal(await huge.response, "");
  await subscriber.stop();
  const expected = ["connected", "disconnected", "connected", "error", "refused", "failed"];
  assert.deepEqual(
    events().toSorted(),
    [...expected, "overloaded"].map((name) => `nats.${name}`).toSorted(),
  );
});

Deno.test("more than 256 requests at once are refused, which is said once, and those before them answered", async () => {
  const { subscriber, events, callback, gate } = await startBehindGate();
  const requests = Array.from({ length: 300 }, () => request("x"));
  for (const { message } of requests) callback(null, message);
  for (const { response } of requests.slice(256)) assert.equal(await response, "");
  assert.equal(events().filter((event) => event === "nats.overloaded").length, 1);
  gate.resolve("good");
  assert.equal(await requests[255]!.response, "good");
  const later = request("x");
  callback(null, later.message);
  assert.equal(await later.response, "good");
  await subscriber.stop();
});

Deno.test("a server that is not there is looked for every two seconds, and told of once, until stopped", async () => {
  let attempts = 0;
  const { subscriber, timers, events } = start({
    connect: () => Promise.reject(new Error(`refused ${++attempts}`)),
  });
  await turn();
  timers[0]!.run();
  await turn();
  assert.deepEqual([attempts, timers.map(({ ms }) => ms)], [2, [2000, 2000]]);
  await subscriber.stop();
  assert.deepEqual(timers.map(({ isCancelled }) => isCancelled), [false, true]);
  assert.deepEqual(events(), ["nats.unreachable"]);
});

Deno.test("a connection that comes after the stop is closed", async () => {
  const { connection } = fakeConnection();
  const late = Promise.withResolvers<NatsConnection>();
  const { subscriber } = start({ connect: () => late.promise });
  await subscriber.stop();
  late.resolve(connection);
  await connection.closed();
});

Deno.test("a stop waits for what is being answered, also where nobody is there any more to hear it", async () => {
  const { subscriber, events, callback, gate } = await startBehindGate();
  const { message, response } = request("x");
  callback(null, message);
  callback(null, {
    ...request("y").message,
    respond() {
      throw new Error("closed");
    },
  } as unknown as Msg);
  let hasStopped = false;
  const stopped = subscriber.stop().then(() => hasStopped = true);
  await turn();
  assert.equal(hasStopped, false);
  gate.resolve("good");
  assert.equal(await response, "good");
  await stopped;
  assert.ok(events().includes("nats.unanswered"));
});

Deno.test("a connection that is closed for good is opened anew", async () => {
  const first = fakeConnection();
  const second = fakeConnection();
  const connections = [first.connection, second.connection];
  const { subscriber } = start({ connect: () => Promise.resolve(connections.shift()!) });
  await first.subscribed;
  await first.connection.close();
  const { callback } = await second.subscribed;
  const { message, response } = request("x");
  callback(null, message);
  assert.equal(await response, "good");
  await subscriber.stop();
});
