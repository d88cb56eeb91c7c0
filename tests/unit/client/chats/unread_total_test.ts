import assert from "node:assert/strict";
import type { ConversationView } from "../../../../client/chats/model/conversation_model.ts";
import { pageTitle } from "../../../../client/components/page_title.ts";
import { showBadge, unreadTotal } from "../../../../client/chats/conversation/unread_total.ts";

const chat = (unread: number, changes: Partial<ConversationView> = {}): ConversationView =>
  ({
    unread,
    isMuted: false,
    isArchived: false,
    isMarkedUnread: false,
    ...changes,
  }) as ConversationView;

Deno.test("all that waits is counted, but for chats that are muted or put away; one that is marked unread counts as one", () => {
  assert.equal(unreadTotal([]), 0);
  assert.equal(
    unreadTotal([chat(2), chat(0), chat(3, { isMuted: true }), chat(4, { isArchived: true })]),
    2,
  );
  assert.equal(
    unreadTotal([chat(0, { isMarkedUnread: true }), chat(4, { isMarkedUnread: true })]),
    5,
  );
  assert.equal(unreadTotal([chat(0, { isMuted: true, isMarkedUnread: true })]), 0);
});

Deno.test("a page's title begins with the number of waiting messages, where there are any", () => {
  assert.equal(pageTitle("bob", [chat(0)]), "bob · kez-chat");
  assert.equal(pageTitle("bob", [chat(3)]), "(3) bob · kez-chat");
});

Deno.test("the icon carries the number; a browser that has none, or refuses, costs nothing", async () => {
  const shown: number[] = [];
  await showBadge(3, { setAppBadge: (count) => Promise.resolve(void shown.push(count)) });
  assert.deepEqual(shown, [3]);
  await showBadge(3, {});
  await showBadge(3, {
    setAppBadge: () => Promise.reject(new DOMException("", "NotAllowedError")),
  });
});
