import assert from "node:assert/strict";
import {
  filterConversations,
  readChatKey,
  stepFrom,
} from "../../../../client/components/chat_keys.ts";
import { fullName, shortName } from "../../../../client/components/conversation_name.ts";
import { madeConversation as conversation } from "../made_conversation.ts";

const LIST = [
  conversation("me", { isSelf: true }),
  conversation("alice"),
  conversation("bob@kez.lat", { unread: 2 }),
  conversation("carol"),
];
const press = (key: string, more: Partial<KeyboardEvent> = {}) =>
  readChatKey({ key, altKey: false, shiftKey: false, ctrlKey: false, metaKey: false, ...more });

Deno.test("keys are read as the specification names them", () => {
  assert.deepEqual(press("k", { ctrlKey: true }), { to: "search" });
  assert.deepEqual(press("K", { metaKey: true }), { to: "search" });
  assert.deepEqual(press("Escape"), { to: "close" });
  assert.deepEqual(press("ArrowDown", { altKey: true }), {
    to: "step",
    by: 1,
    isUnreadOnly: false,
  });
  assert.deepEqual(press("ArrowUp", { altKey: true, shiftKey: true }), {
    to: "step",
    by: -1,
    isUnreadOnly: true,
  });
});

Deno.test("other keys are left to the browser", () => {
  assert.equal(press("k"), null);
  assert.equal(press("ArrowDown"), null);
  assert.equal(press("ArrowDown", { altKey: true, ctrlKey: true }), null);
  assert.equal(press("k", { ctrlKey: true, shiftKey: true }), null);
  assert.equal(press("Enter", { altKey: true }), null);
});

Deno.test("a step goes to the neighbour, round and round", () => {
  const step = (current: string | null, by: 1 | -1, isUnreadOnly = false) =>
    stepFrom(LIST, { current, by, isUnreadOnly })?.peer ?? null;
  assert.equal(step("me", 1), "alice");
  assert.equal(step("carol", 1), "me");
  assert.equal(step("me", -1), "carol");
  assert.equal(step(null, 1), "me");
  assert.equal(step(null, -1), "carol");
  assert.equal(step("me", 1, true), "bob@kez.lat");
  assert.equal(step("carol", -1, true), "bob@kez.lat");
  assert.equal(step("bob@kez.lat", 1, true), null);
});

Deno.test("in an empty list there is nowhere to step", () => {
  assert.equal(stepFrom([], { current: null, by: 1, isUnreadOnly: false }), null);
});

Deno.test("the search keeps the conversations whose name holds the words", () => {
  const search = (text: string) =>
    filterConversations(LIST, { search: text, nameOf: fullName }).map(({ peer }) => peer);
  assert.deepEqual(search("  "), LIST.map(({ peer }) => peer));
  assert.deepEqual(search("AL"), ["alice"]);
  assert.deepEqual(search("@bob"), ["bob@kez.lat"]);
  assert.deepEqual(search("kez"), ["bob@kez.lat"]);
  assert.deepEqual(search("note"), ["me"]);
  assert.deepEqual(search("zzz"), []);
});

Deno.test("a person of another server is named with the server, and notes by what they are", () => {
  assert.equal(fullName(LIST[2]!), "bob@kez.lat");
  assert.equal(shortName(LIST[2]!), "bob");
  assert.equal(fullName(LIST[1]!), "alice");
  assert.equal(fullName(LIST[0]!), "Note to self");
});
