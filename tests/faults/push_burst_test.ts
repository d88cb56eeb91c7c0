import assert from "node:assert/strict";
import type { NostrEvent } from "../../protocol/nostr_event.ts";
import { MAX_IN_FLIGHT } from "../../server/push/deliveries.ts";
import { BURST_MS } from "../../server/push/pace.ts";
import { makeMail } from "../relay/support/events.ts";
import { connectClient } from "../relay/support/test_client.ts";
import { type BadPushDay, createBadPushDay } from "../support/bad_push_day.ts";
import { startFaultyRelay } from "../support/faulty_relay/faulty_relay.ts";
import { type PushService, startPushService } from "../support/push_service.ts";
import { registerPerson, subscribeDevice, type Subscriber } from "../support/push_subscriber.ts";
import { createRandom } from "../support/random.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

const HANDLES = 30;
const DEVICES = 3;
const BATCHES = 48;
/** Of a batch, beside one that comes to a relay elsewhere. */
const HOME_EVENTS = 9;
const KILLS = 3;
/** A push leaves once its pace is on disk, which takes what it takes. */
const LATE_MS = 1_000;
/** Where senders seem to be: the machine itself is named in what the server says of its listeners. */
const SENDER_IP = "203.0.113.77";

/** People with devices. */
async function subscribers(server: KezChat, service: PushService): Promise<Subscriber[]> {
  return await Promise.all(Array.from({ length: HANDLES }, async (_, i) => {
    const person = await registerPerson(server, `burst-person-${i}`);
    for (let j = 0; j < DEVICES; j++) {
      await subscribeDevice(server, person, `${service.origin}/device-${i}-${j}`);
    }
    return person;
  }));
}

/** Sends events to the home relay of a server that may be killed: what is not taken is sent again. */
async function createSender(server: KezChat) {
  const connect = () =>
    connectClient(server.relayUrl, { headers: { "x-forwarded-for": SENDER_IP } });
  let client = await connect();

  async function send(events: NostrEvent[], onTaken: () => void): Promise<NostrEvent[]> {
    const answers = await Promise.allSettled(events.map(async (event) => {
      const [isTaken, words] = await client.publish(event);
      assert.ok(isTaken, words);
      onTaken();
    }));
    return events.filter((_, i) => answers[i]!.status === "rejected");
  }

  return {
    /** @param killAfter the server is killed and started once so many were taken */
    async sendAll(events: NostrEvent[], killAfter = Infinity): Promise<void> {
      let taken = 0;
      let killing: Promise<unknown> | null = null;
      const kill = () => {
        if (taken++ >= killAfter) killing ??= server.kill("SIGKILL");
      };
      const left = await send(events, kill);
      if (!killing) return assert.deepEqual(left, []);
      await killing;
      await server.restart();
      client = await connect();
      assert.deepEqual(await send(left, () => undefined), []);
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

const devicesOf = ({ endpoints }: Subscriber) => endpoints.map((url) => new URL(url).pathname);

/** Devices that are there and were not told since their person's last mail was sent. */
function untold(
  people: Subscriber[],
  { day, mailMs }: { day: BadPushDay; mailMs: Map<string, number> },
) {
  return people.flatMap((person) =>
    devicesOf(person).filter((path) =>
      !day.gone.has(path) && (day.toldMs.get(path) ?? 0) < (mailMs.get(person.addr) ?? 0)
    )
  );
}

/** No device is pushed to more often than its person's pace allows. (Specification page 3) */
function checkPace({ begunMs }: BadPushDay): void {
  for (const [path, times] of begunMs) {
    for (const [i, atMs] of times.entries()) {
      const third = times[i + 2] ?? Infinity;
      assert.ok(third - atMs >= BURST_MS - LATE_MS, `${path}: three pushes in ${third - atMs} ms`);
    }
    const tookMs = times.at(-1)! - times[0]!;
    assert.ok(times.length <= 11 + tookMs / 30_000, `${path}: ${times.length} pushes`);
  }
}

function checkLogs(
  { logs }: KezChat,
  { people, service }: { people: Subscriber[]; service: PushService },
) {
  const names = people.flatMap((
    { handle, addr, account: { primary, nostr } },
  ) => [handle, addr, primary.slice(-64), nostr]);
  for (const secret of [...names, "/device-", service.origin, SENDER_IP]) {
    assert.ok(!logs.includes(secret), `the log has ${secret}`);
  }
}

Deno.test("a burst over a push service that fails, to a server that is killed again and again: whoever has mail is told, nobody too often, and the log names nobody", async () => {
  const random = createRandom(7);
  const day = createBadPushDay({ random, maxFailuresInARow: 1 });
  await using service = startPushService({ answer: day.answer });
  await using outside = await startFaultyRelay();
  await using server = await startKezChat({
    flags: [
      ...["--push-hosts", `127.0.0.1:${service.port}`, "--relays", outside.url],
      ...["--rate-limits", "off"],
    ],
  });
  const people = await subscribers(server, service);
  await using sender = await createSender(server);
  const mailMs = new Map<string, number>();
  const write = () => {
    const { addr } = random.pick(people);
    mailMs.set(addr, Date.now());
    return makeMail(addr);
  };
  const kills = Array.from({ length: KILLS }, (_, i) => (i + 1) * 12 + random.int(8));
  for (let i = 0; i < BATCHES; i++) {
    outside.plant(write());
    // Of a server that was killed nobody knows when it let go.
    if (i === kills[0]) assert.ok(service.maxInFlight <= MAX_IN_FLIGHT, `${service.maxInFlight}`);
    if (i === kills.at(-1)) day.stopHanging();
    const killAfter = kills.includes(i) ? random.int(HOME_EVENTS) : undefined;
    await sender.sendAll(Array.from({ length: HOME_EVENTS }, write), killAfter);
  }
  for (let left = untold(people, { day, mailMs }); left.length > 0;) {
    const next = service.received(service.pushes.length + 1);
    // Whoever had ten waits for half a minute.
    await within(next, { maxMs: 45_000, what: `push to ${left}` });
    left = untold(people, { day, mailMs });
  }
  assert.deepEqual(service.faults, []);
  // The key of the first start stays: with another one every device would have to sign up anew.
  assert.equal(new Set(service.pushes.map(({ publicKey }) => publicKey)).size, 1);
  checkPace(day);
  assert.equal(await server.stop(), 0);
  checkLogs(server, { people, service });
});
