import assert from "node:assert/strict";
import type { Notice } from "../../../../client/push/notice.ts";
import type { AppWindow } from "../../../../client/offline/worker_scope.ts";
import { createWorkerPushes } from "../../../../client/push/worker_pushes.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";

const NOTICE: Notice = {
  title: "Bo",
  body: "New message",
  path: "/chats/bo",
  isSilent: false,
  isForced: false,
};

interface FakeWindow extends AppWindow {
  told: unknown[];
  focusCount: number;
}

/** @param answer what it knows; undefined: it says nothing */
function fakeWindow(
  { answer, isInSight = false }: { answer?: Notice | null; isInSight?: boolean } = {},
): FakeWindow {
  const window: FakeWindow = {
    visibilityState: isInSight ? "visible" : "hidden",
    focused: isInSight,
    told: [],
    focusCount: 0,
    postMessage(message, [port] = []) {
      window.told.push(message);
      if (port && answer !== undefined) (port as MessagePort).postMessage(answer);
      if (port) (port as MessagePort).close();
    },
    focus: () => Promise.resolve(void window.focusCount++),
  };
  return window;
}

function createWorld(
  windows: FakeWindow[],
  { mustAlwaysShow = false, look = () => Promise.resolve<Notice | null>(null) } = {},
) {
  const clock = createVirtualClock();
  const shown: { title: string; options: NotificationOptions }[] = [];
  const opened: string[] = [];
  const marks: (number | undefined)[] = [];
  const pushes = createWorkerPushes({
    words: { app: "kez-chat", newMessage: "New message" },
    windows: () => Promise.resolve(windows),
    openWindow: (path) => Promise.resolve(opened.push(path)),
    show: (title, options) => Promise.resolve(void shown.push({ title, options })),
    look,
    markIcon: (unread) => Promise.resolve(void marks.push(unread)),
    mustAlwaysShow,
    afterMs: clock.afterMs,
  });
  return { pushes, shown, opened, clock, marks };
}

Deno.test("where no window is open, a notification tells neither sender nor text, and the icon is marked", async () => {
  const { pushes, shown, marks } = createWorld([]);
  await pushes.onPush();
  assert.deepEqual(shown.map(({ title, options: { body } }) => [title, body]), [
    ["kez-chat", "New message"],
  ]);
  assert.deepEqual(marks, [undefined]);
});

Deno.test("where no window is open, or all sleep, the account itself tells what is new", async () => {
  const look = () => Promise.resolve({ ...NOTICE, unread: 3 });
  const closed = createWorld([], { look });
  await closed.pushes.onPush();
  assert.deepEqual([closed.shown[0]!.title, closed.marks], ["Bo", [3]]);
  const asleep = createWorld([fakeWindow()], { look });
  const done = asleep.pushes.onPush();
  await asleep.clock.advance(3_000);
  await done;
  assert.equal(asleep.shown[0]!.title, "Bo");
});

Deno.test("an account that cannot be looked at, or not in time, does not keep a notification back", async () => {
  const failing = createWorld([], { look: () => Promise.reject(new Error("no network")) });
  await failing.pushes.onPush();
  assert.equal(failing.shown[0]!.title, "kez-chat");
  const slow = createWorld([], { look: () => new Promise(() => {}) });
  const done = slow.pushes.onPush();
  await slow.clock.advance(8_000);
  await done;
  assert.equal(slow.shown[0]!.title, "kez-chat");
});

Deno.test("a window that knows names the contact, whichever of several it is", async () => {
  const { pushes, shown } = createWorld([
    fakeWindow({ answer: null }),
    fakeWindow({ answer: NOTICE }),
  ]);
  await pushes.onPush();
  assert.equal(shown[0]!.title, "Bo");
  assert.deepEqual(shown[0]!.options.data, { path: "/chats/bo" });
});

Deno.test("windows that say nothing are not waited for", async () => {
  const { pushes, shown, clock } = createWorld([fakeWindow()]);
  const done = pushes.onPush();
  await clock.advance(3_000);
  await done;
  assert.equal(shown[0]!.title, "kez-chat");
});

Deno.test("a muted chat is silent, in the place of the last notification", async () => {
  const muted = { ...NOTICE, title: "kez-chat", isSilent: true };
  const { pushes, shown } = createWorld([fakeWindow({ answer: muted })]);
  await pushes.onPush();
  const { silent, tag } = shown[0]!.options;
  assert.deepEqual({ silent, tag }, { silent: true, tag: "mail" });
});

Deno.test("while the app is in sight nothing is shown, except where the browser insists, or a test asks", async () => {
  const inSight = () => [fakeWindow({ answer: NOTICE, isInSight: true })];
  const plain = createWorld(inSight());
  await plain.pushes.onPush();
  assert.deepEqual(plain.shown, []);
  const strict = createWorld(inSight(), { mustAlwaysShow: true });
  await strict.pushes.onPush();
  assert.equal(strict.shown[0]!.options.silent, true);
  const test = { ...NOTICE, isForced: true };
  const tested = createWorld([fakeWindow({ answer: test, isInSight: true })]);
  await tested.pushes.onPush();
  assert.equal(tested.shown[0]!.options.silent, false);
});

Deno.test("a click focuses a window and tells it where to go, or opens one there", async () => {
  const close = () => {};
  const window = fakeWindow();
  const open = createWorld([window]);
  await open.pushes.onClick({ data: { path: "/chats/bo" }, close });
  assert.deepEqual(window.told, [{ type: "kez-chat open", path: "/chats/bo" }]);
  assert.equal(window.focusCount, 1);
  const closed = createWorld([]);
  await closed.pushes.onClick({ data: { path: null }, close });
  await closed.pushes.onClick({ data: { path: "/chats/bo" }, close });
  assert.deepEqual(closed.opened, ["/chats#new", "/chats/bo"]);
});
