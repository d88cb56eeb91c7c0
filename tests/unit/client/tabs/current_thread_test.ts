import assert from "node:assert/strict";
import type { Live } from "../../../../client/chats/live.ts";
import type { Thread } from "../../../../client/chats/model/thread_model.ts";
import { createCurrentThread } from "../../../../client/tabs/current_thread.ts";

/** A thread that notes what it is asked, and answers a message when the test says so. */
function fakeThread() {
  const asked: string[] = [];
  const sending = Promise.withResolvers<void>();
  const thread = {
    conversation: { primary: "bob" },
    messages: [],
    newest: null,
    hasOlder: false,
    hasNewer: false,
    arrivedCount: 0,
    showLatest: () => Promise.resolve(),
    send(text: string) {
      asked.push(`send ${text}`);
      return sending.promise;
    },
    setDraft(text: string) {
      asked.push(`draft ${text}`);
      return Promise.resolve();
    },
    close: () => void asked.push("close"),
    onChange: () => () => {},
  };
  return { thread: thread as unknown as Live<Thread>, asked, sending };
}

function open(first: Live<Thread>) {
  const state = { closings: 0 };
  const current = createCurrentThread(first, {
    newId: () => "id",
    onClose: () => void state.closings++,
  });
  return { current, state };
}

Deno.test("a message that is on its way when its thread leaves the screen arrives", async () => {
  const { thread, asked, sending } = fakeThread();
  const { current, state } = open(thread);
  const sent = current.thread.send("hello");
  current.thread.close();
  assert.deepEqual([asked, state.closings], [["send hello", "close"], 1]);
  sending.resolve();
  await sent;
});

Deno.test("what was asked while no tab led is done by the next one, also of a thread that has left the screen", async () => {
  const [first, second] = [fakeThread(), fakeThread()];
  const { current, state } = open(first.thread);
  current.reopen(null);
  const sent = current.thread.send("hello");
  const drafted = current.thread.setDraft("and th");
  current.thread.close();
  assert.equal(state.closings, 0);
  current.reopen(() => Promise.resolve(second.thread));
  await drafted;
  second.sending.resolve();
  await sent;
  assert.deepEqual(second.asked, ["send hello", "draft and th", "close"]);
  assert.deepEqual([first.asked, state.closings], [["close"], 1]);
});

Deno.test("where the account is locked, what waits fails at once", async () => {
  const { thread } = fakeThread();
  const { current, state } = open(thread);
  current.reopen(null);
  const sent = current.thread.send("hello");
  current.thread.close();
  current.end();
  await assert.rejects(sent, /closed/);
  assert.equal(state.closings, 1);
});
