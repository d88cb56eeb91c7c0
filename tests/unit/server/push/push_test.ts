import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { openPush } from "../../../../server/push/push.ts";
import { makeAccount } from "../../../http/support.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";
import type { Log } from "../../../../server/log.ts";
import { startPushService } from "../../../support/push_service.ts";
import { silentLog } from "./support.ts";

const APPLE = "17.0.0.1";
const GOOGLE = "142.250.0.1";

Deno.test("a push service that hangs leaves room for the others under however many names it is subscribed", async () => {
  const clock = createVirtualClock();
  using kv = await Deno.openKv(":memory:");
  const dialled: string[] = [];
  const push = await openPush({
    kv,
    pushHosts: [],
    vapidSubject: "mailto:admin@kez.lat",
    resolver: {
      addresses: (host) => Promise.resolve([host.endsWith(".push.apple.com") ? APPLE : GOOGLE]),
    },
    isRegistered: () => Promise.resolve(true),
    dial({ hostname }) {
      dialled.push(hostname);
      return new Promise(() => {});
    },
    ...{ nowMs: clock.nowMs, afterMs: clock.afterMs, random: () => 0, log: silentLog },
  });
  const subscribe = async (endpoints: string[]) => {
    const { primary } = makeAccount();
    for (const endpoint of endpoints) {
      await push.subscriptions.add(primary, { endpoint, expiresAtMs: null });
    }
    return addrOf(primary);
  };
  const count = (address: string) => dialled.filter((one) => one === address).length;
  const until = async (address: string, dials: number) => {
    const end = performance.now() + 5_000;
    while (count(address) < dials && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    assert.equal(count(address), dials);
  };

  for (let i = 0; i < 6; i++) {
    const names = Array.from({ length: 10 }, (_, j) => `https://a${i}-${j}.push.apple.com/x`);
    void push.notify(await subscribe(names));
  }
  await until(APPLE, 24);
  void push.notify(await subscribe(["https://fcm.googleapis.com/x"]));
  await until(GOOGLE, 1);
  assert.equal(count(APPLE), 24);
  await push.stop();
});

/** Pushes to a service of this machine, in a time of its own. */
async function openWorld(
  { answer, log = silentLog }: { answer?: () => Response; log?: Log } = {},
) {
  const clock = createVirtualClock();
  const service = startPushService({ answer, nowMs: clock.nowMs });
  const kv = await Deno.openKv(":memory:");
  const push = await openPush({
    ...{ kv, log, nowMs: clock.nowMs, afterMs: clock.afterMs, random: () => 0 },
    pushHosts: [{ hostname: "127.0.0.1", port: service.port }],
    vapidSubject: "mailto:admin@kez.lat",
    resolver: { addresses: () => Promise.reject(new Error("an address needs no name")) },
    isRegistered: () => Promise.resolve(true),
  });
  const { primary } = makeAccount();
  return {
    ...{ clock, push, service, addr: addrOf(primary) },
    subscribe: (endpoint: string, expiresAtMs: number | null = null) =>
      push.subscriptions.add(primary, { endpoint, expiresAtMs }),
    async [Symbol.asyncDispose]() {
      await push.stop();
      await service[Symbol.asyncDispose]();
      kv.close();
    },
  };
}

Deno.test("a refusal is logged once an hour as a fault of the configuration, with its cure and nobody's endpoint", async () => {
  const logged: [string, Record<string, unknown>][] = [];
  const log: Log = {
    ...silentLog,
    error: (event, fields = {}) => void logged.push([event, fields]),
  };
  const answer = () => new Response(null, { status: 403 });
  await using world = await openWorld({ answer, log });
  const { service } = world;
  await world.subscribe(`${service.origin}/phone`);
  await world.subscribe(`${service.origin}/laptop`);
  await world.push.notify(world.addr);
  assert.equal(service.pushes.length, 2);
  const [[event, fields], ...more] = logged as [typeof logged[0]];
  assert.deepEqual([event, fields.status, more], ["push.refused", 403, []]);
  assert.match(String(fields.hint), /--vapid-subject/);
  assert.doesNotMatch(JSON.stringify(fields), /phone|laptop|127\.0\.0\.1/);
  await world.clock.advance(3600 * 1000);
  await world.push.notify(world.addr);
  assert.equal(logged.length, 2);
  // The service may take them again, once the fault is mended.
  assert.equal(world.push.subscriptions.ofAddr(world.addr).length, 2);
});

Deno.test("a subscription whose time is over is taken away and not pushed to", async () => {
  await using world = await openWorld();
  const { service } = world;
  await world.subscribe(`${service.origin}/old`, world.clock.nowMs() + 1_000);
  await world.subscribe(`${service.origin}/new`);
  await world.clock.advance(1_000);
  await world.push.notify(world.addr);
  assert.deepEqual(service.pushes.map(({ path }) => path), ["/new"]);
  assert.equal(world.push.subscriptions.ofAddr(world.addr).length, 1);
});
