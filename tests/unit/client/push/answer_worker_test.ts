import assert from "node:assert/strict";
import type { ConversationView } from "../../../../client/chats/model/conversation_model.ts";
import { answerWorker } from "../../../../client/push/answer_worker.ts";
import type { Notice } from "../../../../client/push/notice.ts";
import { createVirtualClock } from "../../../support/virtual_clock.ts";
import { madeConversation } from "../made_conversation.ts";

const WORDS = {
  app: "kez-chat",
  newMessage: "New message",
  testTitle: "It works",
  testBody: "Yes",
};

const conversation = (peer: string, more: Partial<ConversationView> = {}) =>
  madeConversation(peer, { unread: 1, lastAtMs: 1, ...more });

/** A window with chats, which the service worker may ask. */
function createWorld() {
  const clock = createVirtualClock();
  const listeners = new Set<() => void>();
  const world = { conversations: [] as ConversationView[], isExpectingTest: false, shown: 0 };
  let hear: (event: MessageEvent) => void = () => {};
  const answered = answerWorker({
    worker: {
      addEventListener(_: string, listener: unknown) {
        hear = listener as typeof hear;
      },
    } as ServiceWorkerContainer,
    chats: {
      get conversations() {
        return world.conversations;
      },
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    words: WORDS,
    isExpectingTest: () => world.isExpectingTest,
    onShown: () => void world.shown++,
    nowMs: clock.nowMs,
    afterMs: clock.afterMs,
  });
  const say = (data: unknown, ports: unknown[] = []) =>
    hear({ data, ports } as unknown as MessageEvent);
  return {
    ...{ world, clock, answered, say },
    ask: () =>
      new Promise<Notice | null>((resolve) => {
        say({ type: "kez-chat push" }, [{ postMessage: resolve }]);
      }),
    change(...conversations: ConversationView[]) {
      world.conversations = conversations;
      for (const listener of listeners) listener();
    },
  };
}

Deno.test("the contact of a new message is named, also where the message comes after its push", async () => {
  const { ask, change } = createWorld();
  const answer = ask();
  change(conversation("bo"));
  const notice = await answer;
  assert.deepEqual([notice?.title, notice?.path, notice?.isSilent], ["bo", "/chats/bo", false]);
});

Deno.test("a push without news repeats what is still true, in silence, and for a while", async () => {
  const { ask, change, clock } = createWorld();
  const late = async () => {
    const answer = ask();
    await clock.advance(2_000);
    return await answer;
  };
  assert.equal(await late(), null);
  change(conversation("bo", { unread: 3 }));
  assert.equal((await ask())?.isSilent, false);
  const again = await late();
  assert.deepEqual([again?.title, again?.isSilent], ["bo", true]);
  change(conversation("bo", { unread: 4 }));
  assert.equal((await ask())?.isSilent, false);
  change(conversation("bo", { unread: 0 }));
  assert.equal(await late(), null);
  change(conversation("bo", { unread: 1 }));
  await ask();
  await clock.advance(60_000);
  assert.equal(await late(), null);
});

Deno.test("a test push is told as one, and what was shown and clicked is heard of", async () => {
  const { ask, world, answered, say } = createWorld();
  world.isExpectingTest = true;
  const notice = await ask();
  assert.deepEqual([notice?.title, notice?.isForced], ["It works", true]);
  say({ type: "kez-chat shown" });
  assert.equal(world.shown, 1);
  const went: string[] = [];
  say({ type: "kez-chat open", path: "/chats/bo" });
  answered.onOpen((path) => went.push(path));
  say({ type: "kez-chat open", path: "/chats/carol" });
  assert.deepEqual(went, ["/chats/bo", "/chats/carol"]);
});
