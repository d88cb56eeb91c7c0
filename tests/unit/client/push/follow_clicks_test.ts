import assert from "node:assert/strict";
import type { ConversationView } from "../../../../client/chats/model/conversation_model.ts";
import { createClickFollower } from "../../../../client/push/follow_clicks.ts";
import { newestUnread, noticeOf } from "../../../../client/push/notice.ts";
import { madeConversation } from "../made_conversation.ts";

const conversation = (peer: string, more: Partial<ConversationView> = {}) =>
  madeConversation(peer, { unread: 1, lastAtMs: 1, ...more });

function createWorld() {
  const world = { path: "/chats", conversations: [] as ConversationView[], changed: () => {} };
  const went: string[] = [];
  const follow = createClickFollower({
    chats: {
      get conversations() {
        return world.conversations;
      },
      onChange(listener) {
        world.changed = listener;
        return () => undefined;
      },
    },
    go(path) {
      went.push(path);
      world.path = path;
    },
    path: () => world.path,
  });
  return { world, went, follow };
}

Deno.test("a notification that names a thread leads there", () => {
  const { went, follow } = createWorld();
  follow("/chats/bo");
  assert.deepEqual(went, ["/chats/bo"]);
});

Deno.test("one that does not leads to the newest unread message, as soon as it is here", () => {
  const { world, went, follow } = createWorld();
  follow("/chats#new");
  world.changed();
  world.conversations = [conversation("bo"), conversation("carol", { lastAtMs: 2 })];
  world.changed();
  world.changed();
  assert.deepEqual(went, ["/chats", "/chats/carol"]);
});

Deno.test("who goes elsewhere meanwhile is not taken away from there", () => {
  const { world, went, follow } = createWorld();
  follow("/chats#new");
  world.path = "/settings";
  world.changed();
  world.path = "/chats";
  world.conversations = [conversation("bo")];
  world.changed();
  assert.deepEqual(went, ["/chats"]);
});

Deno.test("muted chats come last, what was told of and notes to self not at all", () => {
  const muted = conversation("muted", { isMuted: true, lastAtMs: 9 });
  const bo = conversation("bo");
  assert.equal(newestUnread([muted, bo])!.peer, "bo");
  assert.equal(newestUnread([muted])!.peer, "muted");
  assert.equal(newestUnread([bo], new Map([[bo.primary, 1]])), null);
  assert.equal(newestUnread([conversation("me", { isSelf: true })]), null);
});

Deno.test("a contact is named, a stranger and who is muted are not", () => {
  const words = { app: "kez-chat", newMessage: "New message" };
  const titleOf = (one: ConversationView) => noticeOf(one, { words, path: "/chats/bo" });
  assert.equal(titleOf(conversation("Bo")).title, "Bo");
  assert.equal(titleOf(conversation("Bo", { state: "request" })).title, "kez-chat");
  const { title, isSilent } = titleOf(conversation("Bo", { isMuted: true }));
  assert.deepEqual([title, isSilent], ["kez-chat", true]);
});
