import assert from "node:assert/strict";
import { addrOf } from "../../../../protocol/addr.ts";
import { openPush } from "../../../../server/push/push.ts";
import { makeAccount } from "../../../http/support.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";
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
