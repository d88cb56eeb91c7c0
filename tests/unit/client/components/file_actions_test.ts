import assert from "node:assert/strict";
import type { ConversationView } from "../../../../client/chats/model/conversation_model.ts";
import type { Thread } from "../../../../client/chats/model/thread_model.ts";
import { fileActions } from "../../../../client/components/attachment/file_actions.ts";

const nothing = { cancel: () => {}, view: () => {} };

function loadsAfter(state: ConversationView["state"], isOwn: boolean) {
  const thread = { conversation: { state } } as Thread;
  return fileActions(thread, { key: "a message", isOwn }, nothing).loadsAfter;
}

Deno.test("a file says what it waits for: to be accepted, to be unblocked, or nothing", () => {
  assert.equal(loadsAfter("request", false), "accept");
  assert.equal(loadsAfter("blocked", false), "unblock");
  assert.equal(loadsAfter("accepted", false), null);
  assert.equal(loadsAfter("key_changed", false), null);
});

Deno.test("what somebody sent themselves waits for nothing, whoever is blocked", () => {
  assert.equal(loadsAfter("blocked", true), null);
});
