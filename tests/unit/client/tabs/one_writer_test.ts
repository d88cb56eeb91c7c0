import assert from "node:assert/strict";
import { within } from "../../../support/within.ts";
import { startWorld } from "../chats/world.ts";
import { createFakeBrowser } from "./fake_browser.ts";
import { openDesk, openTab } from "./tab.ts";

Deno.test("who was the writer before writes nothing any more, and leaves nothing half-written", async () => {
  await using world = await startWorld();
  const alice = world.person("alice");
  const first = await world.device(alice);
  await first.chats.startChat("alice");
  const notes = await first.open(alice.primary);
  await notes.send("by the first");
  // As when a tab was frozen, and another one took over.
  const second = await world.device(alice, { databaseName: first.databaseName });
  await assert.rejects(notes.send("by the first, too late"), { code: "storage_failed" });
  const again = await second.open(alice.primary);
  await again.send("by the second");
  assert.deepEqual(again.messages.map(({ text }) => text), ["by the first", "by the second"]);
  await first[Symbol.asyncDispose]();
  const third = await second.reload();
  const kept = await third.open(alice.primary);
  assert.deepEqual(kept.messages.map(({ text }) => text), ["by the first", "by the second"]);
});

Deno.test("the tab that leads goes on where one that has lost the lead became the writer late", async () => {
  await using world = await startWorld();
  const alice = world.person("alice");
  world.person("bob");
  const desk = await openDesk(world, { person: alice, browser: createFakeBrowser() });
  const tabs = [openTab(desk)];
  for (let nth = 0; nth < 2; nth++) {
    const tab = tabs[nth]!;
    await tab.until("unlocked", () => tab.session.phase === "unlocked" && tab.chats.isLoaded);
    if (nth === 0) tabs.push(openTab(desk));
  }
  const [leader, follower] = tabs;
  const threads = [];
  for (const tab of [leader!, follower!]) {
    threads.push((await tab.chats.openThread(await tab.chats.startChat("bob")))!);
  }
  const late = await world.device(alice, { databaseName: desk.databaseName });
  const byLate = await late.open(await late.chats.startChat("bob"));
  const sending = threads.map((thread, nth) => thread.send(`by tab ${nth}`));
  await within(Promise.all(sending), { what: "both are kept" });
  await assert.rejects(byLate.send("much too late"), { code: "storage_failed" });
  for (const thread of threads) {
    const texts = thread.messages.map(({ text }) => text);
    assert.deepEqual(texts.toSorted(), ["by tab 0", "by tab 1"]);
  }
  for (const tab of tabs) assert.deepEqual(tab.faults, []);
});
