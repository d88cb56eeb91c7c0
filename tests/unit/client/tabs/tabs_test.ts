import assert from "node:assert/strict";
import { PAGE_MESSAGES, STEP_MESSAGES } from "../../../../client/chats/thread/message_pages.ts";
import type { Live } from "../../../../client/chats/live.ts";
import type { Thread } from "../../../../client/chats/model/thread_model.ts";
import { within } from "../../../support/within.ts";
import { startWorld, untilChange, untilTexts, type World } from "../chats/world.ts";
import { PASSPHRASE, tells } from "../session/support.ts";
import { createFakeBrowser } from "./fake_browser.ts";
import { type Desk, openDesk, openTab, type Tab } from "./tab.ts";

const PEER = "bob";

/** A browser with so many tabs in which the account is open; the first one leads. */
async function openTabs(world: World, count: number): Promise<{ desk: Desk; tabs: Tab[] }> {
  world.person(PEER);
  const desk = await openDesk(world, {
    person: world.person("alice"),
    browser: createFakeBrowser(),
  });
  const tabs = [];
  for (let nth = 0; nth < count; nth++) {
    const tab = openTab(desk);
    await tab.until("unlocked", () => tab.session.phase === "unlocked" && tab.chats.isLoaded);
    tabs.push(tab);
  }
  return { desk, tabs };
}

async function openThread(tab: Tab, input = PEER): Promise<Live<Thread>> {
  const thread = await tab.chats.openThread(await tab.chats.startChat(input));
  return thread!;
}

const textsOf = (thread: Thread) => thread.messages.map(({ text }) => text);

Deno.test("a tab that follows shows what the leader has, and what it does is done there", async () => {
  await using world = await startWorld();
  const { tabs: [leader, follower], desk } = await openTabs(world, 2);
  assert.equal(follower!.session.account?.handle, "alice");
  const there = await openThread(leader!);
  const here = await openThread(follower!);
  await here.send("from the follower");
  assert.deepEqual(textsOf(here), ["from the follower"]);
  await there.send("from the leader");
  await untilTexts(here, ["from the follower", "from the leader"]);
  assert.deepEqual(textsOf(there), textsOf(here));
  await follower!.until(
    "the list",
    () => follower!.chats.conversations.some(({ preview }) => preview === "from the leader"),
  );
  await assert.rejects(follower!.chats.startChat("nobody"), tells("unknown_handle"));
  await assert.rejects(here.send("x".repeat(200_000)), tells("message_too_long"));
  // One tab alone has the chats.
  assert.equal(desk.browser.said.filter(({ type }) => type === "announce").length, 1);
  for (const tab of [leader, follower]) assert.deepEqual(tab!.faults, []);
});

Deno.test("what did not change stays the very same in a tab that follows", async () => {
  await using world = await startWorld();
  const { tabs: [, follower] } = await openTabs(world, 2);
  const thread = await openThread(follower!);
  await thread.send("one");
  const [before] = thread.messages;
  const { conversations } = follower!.chats;
  await thread.send("two");
  assert.equal(textsOf(thread).length, 2);
  assert.ok(conversations.some((one) => follower!.chats.conversations.includes(one)));
  await untilChange(thread, {
    what: "sent",
    isSo: () => thread.messages[0]?.status !== "sending",
  });
  const [after] = thread.messages;
  await thread.send("three");
  assert.equal(thread.messages[0], after);
  assert.equal(before?.key, after?.key);
});

Deno.test("when the leader ends, another tab takes over and every thread stays open", async () => {
  await using world = await startWorld();
  const { tabs } = await openTabs(world, 3);
  const threads = await Promise.all(tabs.map((tab) => openThread(tab)));
  await threads[1]!.send("before");
  await untilTexts(threads[2]!, ["before"]);
  const phases: string[] = [];
  for (const { session } of tabs.slice(1)) session.onChange(() => phases.push(session.phase));
  await tabs[0]!.kill();
  await threads[2]!.send("in between");
  await threads[1]!.send("after");
  await untilTexts(threads[1]!, ["before", "in between", "after"]);
  await untilTexts(threads[2]!, ["before", "in between", "after"]);
  // Nothing else was shown in between.
  assert.deepEqual([...new Set(phases)], ["unlocked"]);
});

Deno.test("a thread that was read far up is there again after another tab took over", async () => {
  await using world = await startWorld();
  const { tabs: [first, second] } = await openTabs(world, 2);
  const thread = await openThread(second!, "alice");
  for (let nth = 0; nth < 120; nth++) await thread.send(`${nth}`);
  thread.close();
  const again = (await second!.chats.openThread("alice"))!;
  await again.loadOlder();
  const shown = textsOf(again);
  assert.equal(shown[0], String(120 - PAGE_MESSAGES - STEP_MESSAGES));
  const isReopened = untilChange(again, {
    what: "the thread in the new leader",
    isSo: () => textsOf(again).at(-1) === "after",
  });
  await first!.kill();
  await again.send("after");
  await isReopened;
  assert.deepEqual(textsOf(again), [...shown, "after"]);
});

Deno.test("lock, sign-out and what was written down hold for all tabs; nothing secret crosses", async () => {
  await using world = await startWorld();
  const { desk, tabs } = await openTabs(world, 3);
  const [leader, follower, third] = tabs;
  const words = await follower!.session.revealPhrase(PASSPHRASE);
  await follower!.session.markPhraseSaved();
  await third!.until("saved", () => third!.session.isPhraseSaved);

  const backup = await third!.chats.exportBackup("a passphrase for the backup");
  assert.ok(backup!.size > 0);

  await follower!.session.lock();
  for (const tab of tabs) {
    await tab.until("locked", () => tab.session.phase === "locked");
    assert.deepEqual(tab.chats.conversations, []);
    await assert.rejects(tab.chats.startChat("bob"), /locked/);
  }
  assert.equal(await desk.session.database.count("device"), 0);

  await assert.rejects(third!.session.unlock("wrong horse battery"), tells("wrong_passphrase"));
  await third!.session.unlock(PASSPHRASE);
  for (const tab of tabs) await tab.until("unlocked", () => tab.session.phase === "unlocked");
  await openThread(leader!);

  await follower!.session.signOut();
  for (const tab of tabs) await tab.until("none", () => tab.session.phase === "none");
  await leader!.session.create({ handle: "alicia", passphrase: PASSPHRASE });
  for (const tab of tabs) {
    await tab.until("created", () => tab.session.account?.handle === "alicia");
  }
  const said = JSON.stringify(desk.browser.said);
  const pair = words.slice(0, 2);
  for (
    const secret of [PASSPHRASE, "wrong horse", "for the backup", pair.join(" "), pair.join('","')]
  ) {
    assert.ok(!said.includes(secret), secret);
  }
});

Deno.test("where the device key cannot open any more, all tabs ask for the passphrase after a change of the leader", async () => {
  await using world = await startWorld();
  const { desk, tabs: [first, second, third] } = await openTabs(world, 3);
  await desk.session.database.clear("device");
  await first!.kill();
  for (const tab of [second!, third!]) {
    await tab.until("locked", () => tab.session.phase === "locked");
  }
  await third!.session.unlock(PASSPHRASE);
  await second!.until("unlocked", () => second!.session.phase === "unlocked");
});

Deno.test("where the leader cannot start, every tab is told why", async () => {
  await using world = await startWorld();
  const desk = await openDesk(world, {
    person: world.person("alice"),
    browser: createFakeBrowser(),
  });
  desk.session.database.close();
  const tabs = [openTab(desk), openTab(desk)];
  for (const tab of tabs) await assert.rejects(tab.started, tells("storage_failed"));
});

Deno.test("a frozen leader loses the lead to a tab that is looked at, and follows once it wakes up", async () => {
  await using world = await startWorld();
  const { desk, tabs: [first, second, third] } = await openTabs(world, 3);
  const there = await openThread(first!);
  const here = await openThread(second!);
  // What it said before it froze is heard before.
  await desk.browser.settle();
  first!.page.freeze();
  third!.isVisible = false;
  const sending = here.send("not answered yet");
  await desk.browser.settle();
  third!.passTime();
  await desk.browser.settle();
  assert.equal(desk.browser.said.filter(({ type }) => type === "announce").length, 1);
  second!.passTime();
  await within(sending, { what: "an answer of the next leader" });
  assert.equal(desk.browser.said.filter(({ type }) => type === "announce").length, 2);
  first!.page.thaw();
  await here.send("after");
  await untilTexts(there, ["not answered yet", "after"]);
  await there.send("from the one that woke up");
  await untilTexts(here, ["not answered yet", "after", "from the one that woke up"]);
});

Deno.test("a leader that answers is left alone", async () => {
  await using world = await startWorld();
  const { desk, tabs: [, second] } = await openTabs(world, 2);
  for (let times = 0; times < 5; times++) {
    second!.passTime();
    await desk.browser.settle();
  }
  assert.equal(desk.browser.said.filter(({ type }) => type === "announce").length, 1);
});

Deno.test("a tab of another version is not understood: it says so, and can take the lead", async () => {
  await using world = await startWorld();
  const { desk, tabs: [old] } = await openTabs(world, 1);
  await using next = openTab(desk, { version: "2" });
  await next.until("elsewhere", () => next.session.phase === "elsewhere");
  assert.deepEqual(next.chats.conversations, []);
  await next.session.useHere();
  await next.until("unlocked", () => next.session.phase === "unlocked");
  await old!.until("elsewhere", () => old!.session.phase === "elsewhere");
});

Deno.test("what a tab had open is closed in the leader when the tab is gone", async () => {
  await using world = await startWorld();
  const { desk, tabs: [first, second, third] } = await openTabs(world, 3);
  const threads = await Promise.all([second!, third!].map((tab) => openThread(tab)));
  const told = () => desk.browser.said.filter(({ type }) => type === "changes").length;
  threads[1]!.close();
  await second!.kill();
  await desk.browser.settle();
  const there = await openThread(first!);
  const before = desk.browser.said.length;
  await there.send("nobody has the thread open but the leader");
  await desk.browser.settle();
  const views = desk.browser.said.slice(before).map((message) =>
    message.type === "changes" && message.view
  );
  assert.ok(told() > 0);
  assert.deepEqual([...new Set(views)], ["chats"]);
});
