import assert from "node:assert/strict";
import type { BrowserPush, BrowserSubscription } from "../../../../client/push/browser_push.ts";
import { createNotifications } from "../../../../client/push/notifications.ts";
import { subscriptionId } from "../../../../protocol/subscription_id.ts";
import { UserError } from "../../../../client/user_error.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";

const ENDPOINT = "https://push.example/a";
const ID = subscriptionId(ENDPOINT);

function createWorld(
  { permission = "granted" as NotificationPermission, support = "yes" as BrowserPush["support"] } =
    {},
) {
  const clock = createVirtualClock();
  const world = {
    support,
    permission,
    answer: "granted" as NotificationPermission,
    subscription: null as BrowserSubscription | null,
    listed: new Set<string>(),
    key: "key-1",
    isWanted: true,
    isOpen: true,
    isServerAway: false,
    testResult: "delivered" as "delivered" | "waiting",
    asked: 0,
    faults: [] as unknown[],
    outside: () => {},
    clock,
  };
  const reach = () => {
    if (world.isServerAway) throw new UserError("no_network");
  };
  const notifications = createNotifications({
    browser: {
      get support() {
        return world.support;
      },
      get permission() {
        return world.permission;
      },
      ask() {
        world.asked += 1;
        world.permission = world.answer;
        return Promise.resolve(world.permission);
      },
      subscription: () => Promise.resolve(world.subscription),
      subscribe(publicKey) {
        const document = { endpoint: ENDPOINT, keys: {}, expirationTime: null };
        world.subscription = { document, publicKey };
        return Promise.resolve(world.subscription);
      },
      unsubscribe() {
        world.subscription = null;
        return Promise.resolve();
      },
      clearShown: () => Promise.resolve(),
    },
    devices: {
      async addPushDevice({ endpoint }) {
        await reach();
        world.listed.add(subscriptionId(endpoint));
      },
      async hasPushDevice(id) {
        await reach();
        return world.listed.has(id);
      },
      async removePushDevice(id) {
        await reach();
        world.listed.delete(id);
      },
      async testPushDevice() {
        await reach();
        return world.testResult;
      },
    },
    async publicKey() {
      await reach();
      return world.key;
    },
    isWanted: () => world.isWanted,
    want(isWanted) {
      world.isWanted = isWanted;
      return Promise.resolve();
    },
    isOpen: () => world.isOpen,
    onOutsideChange: (listener) => void (world.outside = listener),
    afterMs: clock.afterMs,
    onFault: (error) => void world.faults.push(error),
  });
  return { world, notifications };
}

Deno.test("where the browser allows it, an open account is signed up by itself", async () => {
  const { world, notifications } = createWorld();
  await notifications.refresh();
  assert.equal(notifications.state, "on");
  assert.deepEqual([...world.listed], [ID]);
  assert.equal(world.asked, 0);
});

Deno.test("what the browser, the server or both have lost is mended at the next start", async () => {
  const { world, notifications } = createWorld();
  await notifications.refresh();
  world.listed.clear();
  await notifications.refresh();
  assert.deepEqual([...world.listed], [ID]);
  world.subscription = null;
  await notifications.refresh();
  assert.equal(world.subscription!["publicKey"], "key-1");
});

Deno.test("a server with another key is subscribed to anew", async () => {
  const { world, notifications } = createWorld();
  await notifications.refresh();
  world.key = "key-2";
  await notifications.refresh();
  assert.equal(world.subscription!.publicKey, "key-2");
});

Deno.test("nothing is asked before the first message, and then once", async () => {
  const { world, notifications } = createWorld({ permission: "default" });
  await notifications.refresh();
  assert.equal(notifications.state, "undecided");
  assert.equal(world.asked, 0);
  world.answer = "default";
  notifications.askOnce();
  notifications.askOnce();
  await notifications.refresh();
  assert.equal(world.asked, 1);
  assert.equal(notifications.state, "undecided");
  world.answer = "granted";
  await notifications.turnOn();
  assert.equal(notifications.state, "on");
});

Deno.test("who says no is not asked again", async () => {
  const { world, notifications } = createWorld({ permission: "default" });
  world.answer = "denied";
  await notifications.turnOn();
  assert.equal(notifications.state, "denied");
  notifications.askOnce();
  await notifications.turnOn();
  assert.equal(world.asked, 1);
});

Deno.test("turned off, the device leaves the list and stays off over a start", async () => {
  const { world, notifications } = createWorld();
  await notifications.refresh();
  await notifications.turnOff();
  assert.equal(notifications.state, "off");
  assert.deepEqual([world.subscription, [...world.listed]], [null, []]);
  await notifications.refresh();
  assert.equal(notifications.state, "off");
  await notifications.turnOn();
  assert.equal(notifications.state, "on");
});

Deno.test("without a network a device that was signed up still counts, and one that was not does not", async () => {
  const { world, notifications } = createWorld();
  world.isServerAway = true;
  await notifications.refresh();
  assert.equal(notifications.state, "failed");
  world.isServerAway = false;
  await notifications.refresh();
  world.isServerAway = true;
  await notifications.refresh();
  assert.equal(notifications.state, "on");
  await notifications.turnOff();
  assert.equal(world.subscription, null);
  assert.deepEqual(world.faults, []);
});

Deno.test("leaving the account takes the device off the list", async () => {
  const { world, notifications } = createWorld();
  await notifications.refresh();
  await notifications.leave();
  assert.deepEqual([world.subscription, [...world.listed]], [null, []]);
});

Deno.test("an account that is opened is looked after, a locked one says nothing", async () => {
  const { world, notifications } = createWorld();
  world.isOpen = false;
  world.outside();
  assert.equal(notifications.state, "unknown");
  world.isOpen = true;
  world.outside();
  await notifications.refresh();
  assert.equal(notifications.state, "on");
});

Deno.test("browsers that cannot, and those that can on the Home Screen, are told apart", () => {
  for (const support of ["missing", "install"] as const) {
    assert.equal(createWorld({ support }).notifications.state, support);
  }
});

Deno.test("a test goes hop by hop to the end", async () => {
  const { world, notifications } = createWorld();
  const running = notifications.runTest();
  await world.clock.advance(10);
  assert.deepEqual(notifications.test, {
    done: ["allowed", "subscribed", "listed", "sent"],
    failed: null,
  });
  assert.ok(notifications.isExpectingTest());
  notifications.arrived();
  await running;
  assert.deepEqual(notifications.test!.done.at(-1), "arrived");
  assert.ok(!notifications.isExpectingTest());
});

Deno.test("a test says at which hop it ended", async () => {
  const { world, notifications } = createWorld({ permission: "default" });
  await notifications.runTest();
  assert.equal(notifications.test!.failed, "allowed");
  world.permission = "granted";
  world.isServerAway = true;
  await notifications.runTest();
  assert.equal(notifications.test!.failed, "subscribed");
  world.isServerAway = false;
  world.testResult = "waiting";
  await notifications.runTest();
  assert.equal(notifications.test!.failed, "sent");
  world.testResult = "delivered";
  const running = notifications.runTest();
  await world.clock.runAll();
  await running;
  assert.equal(notifications.test!.failed, "arrived");
});
