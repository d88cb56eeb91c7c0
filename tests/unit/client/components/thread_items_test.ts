import assert from "node:assert/strict";
import type { MessageView } from "../../../../client/chats/model/message_model.ts";
import {
  firstUnread,
  keepAlike,
  layOutThread,
  type ThreadItem,
} from "../../../../client/components/thread_items.ts";

const NOON_MS = new Date(2026, 10, 25, 12, 0).getTime();
const MINUTE_MS = 60_000;

/** `o` is an own message and `p` the peer's; the number is minutes after noon. */
function thread(...parts: [string, number][]): MessageView[] {
  return parts.map(([key, minutes]) => ({
    key,
    id: key,
    isOwn: key.startsWith("o"),
    text: key,
    kind: "text",
    fallback: null,
    quote: null,
    reactions: [],
    isEdited: false,
    atMs: NOON_MS + minutes * MINUTE_MS,
    status: key.startsWith("o") ? "sent" : null,
    failure: null,
    relays: [],
  }));
}

/** `(` begins a run and `)` ends it. */
function draw(items: ThreadItem[]): string {
  return items.map((item) => {
    if (item.type !== "message") return item.type;
    return `${item.isRunStart ? "(" : ""}${item.key}${item.isRunEnd ? ")" : ""}`;
  }).join(" ");
}

Deno.test("messages of one author within two minutes are one run", () => {
  const messages = thread(["o1", 0], ["o2", 1], ["o3", 2.5], ["o4", 4.5], ["p1", 4.6], ["o5", 5]);
  assert.equal(draw(layOutThread(messages, null)), "day (o1 o2 o3) (o4) (p1) (o5)");
});

Deno.test("a day ends a run, even over midnight", () => {
  const messages = thread(["p1", 12 * 60 - 0.5], ["p2", 12 * 60 + 0.5]);
  assert.equal(draw(layOutThread(messages, null)), "day (p1) day (p2)");
});

Deno.test("the unread divider stands before its message, and ends a run", () => {
  const messages = thread(["p1", 0], ["p2", 0.1], ["p3", 0.2]);
  assert.equal(draw(layOutThread(messages, "p2")), "day (p1) unread (p2 p3)");
  assert.equal(draw(layOutThread(messages, "gone")), "day (p1 p2 p3)");
});

Deno.test("the unread divider goes once an own message stands below it, not by one above", () => {
  const unread = thread(["o1", 0], ["p1", 3], ["p2", 3.1]);
  assert.equal(draw(layOutThread(unread, "p1")), "day (o1) unread (p1 p2)");
  const answered = [...unread, ...thread(["o2", 4], ["p3", 4.1])];
  assert.equal(draw(layOutThread(answered, "p1")), "day (o1) (p1 p2) (o2) (p3)");
});

Deno.test("an empty thread has nothing to show", () => {
  assert.deepEqual(layOutThread([], null), []);
});

Deno.test("every item has a key of its own", () => {
  const messages = thread(["p1", -1440], ["p2", 0], ["o1", 1], ["p3", 1440]);
  const keys = layOutThread(messages, "p2").map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("the first unread message is counted among the peer's, from the newest", () => {
  const messages = thread(["p1", 0], ["o1", 1], ["p2", 2], ["o2", 3], ["p3", 4]);
  assert.equal(firstUnread(messages, 0), null);
  assert.equal(firstUnread(messages, 1), "p3");
  assert.equal(firstUnread(messages, 2), "p2");
  assert.equal(firstUnread(messages, 3), "p1");
  // More are unread than are loaded: the divider stands on top.
  assert.equal(firstUnread(messages, 40), "p1");
  assert.equal(firstUnread(thread(["o1", 0]), 1), null);
});

Deno.test("where another identity begins to write a divider says so, and ends a run", () => {
  const messages = thread(["p1", 0], ["p2", 1], ["o1", 1.5]);
  const at = (minutes: number) => NOON_MS + minutes * MINUTE_MS;
  const laid = (keyChangesAtMs: number[], isAtEnd = true) =>
    draw(layOutThread(messages, null, { keyChangesAtMs, isAtEnd }));
  assert.equal(laid([at(0)]), "day (p1) key_change (p2) (o1)");
  assert.equal(laid([at(0), at(1)]), "day (p1) key_change (p2) key_change (o1)");
  assert.equal(laid([at(1.5)]), "day (p1 p2) (o1) key_change");
  // One that is above or below what is loaded is not in sight.
  assert.equal(laid([at(-5)]), "day (p1 p2) (o1)");
  assert.equal(laid([at(9)], false), "day (p1 p2) (o1)");
});

Deno.test("only what has changed in a layout is another object", () => {
  const [p1, p2, p3] = thread(["p1", 0], ["p2", 1], ["p3", 2]) as [
    MessageView,
    MessageView,
    MessageView,
  ];
  const before = layOutThread([p2, p3], null);
  const next = layOutThread([p1, p2, { ...p3, text: "edited" }], null);
  const kept = keepAlike(before, next);
  assert.deepEqual(kept, next);
  assert.deepEqual(kept.map((item) => before.includes(item)), [false, false, false, false]);
  const longer = keepAlike(before, layOutThread([p2, p3, { ...p3, key: "p4" }], null));
  assert.deepEqual(longer.map((item) => before.includes(item)), [true, true, false, false]);
  assert.ok(keepAlike(before, layOutThread([p2, p3], null)).every((item) => before.includes(item)));
});
