import assert from "node:assert/strict";
import {
  createLateNotifications,
  type PageNotifications,
} from "../../../../client/push/late_notifications.ts";

/** Notifications that note what is asked of them. */
function page(asked: string[]): PageNotifications {
  const note = (name: string) => () => Promise.resolve(void asked.push(name));
  return {
    notifications: {
      state: "off",
      isBusy: false,
      test: null,
      onChange: () => () => {},
      refresh: note("refresh"),
      turnOn: note("turnOn"),
      turnOff: note("turnOff"),
      runTest: note("runTest"),
      leave: note("leave"),
      askOnce: () => void asked.push("askOnce"),
    },
    onNotificationOpen: () => {},
  };
}

Deno.test("what is asked of notifications that could not be loaded ends, and the next one loads them again", async () => {
  const asked: string[] = [];
  const faults: unknown[] = [];
  const offline = new TypeError("Failed to fetch dynamically imported module");
  const answers = [() => Promise.reject(offline), () => Promise.resolve(page(asked))];
  const late = createLateNotifications({
    load: () => answers.shift()!(),
    onFault: (error) => void faults.push(error),
  });
  late.start();
  await late.notifications.turnOn();
  assert.deepEqual([faults, asked], [[offline], []]);
  await late.notifications.turnOn();
  await late.notifications.runTest();
  assert.deepEqual([faults, asked], [[offline], ["turnOn", "runTest"]]);
  assert.equal(late.notifications.state, "off");
});
