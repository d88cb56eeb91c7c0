import assert from "node:assert/strict";
import { createTabLock } from "../../../../client/tabs/tab_lock.ts";
import { createFakeBrowser, type FakeBrowser } from "./fake_browser.ts";

function openTab(browser: FakeBrowser) {
  const log: string[] = [];
  const page = browser.openPage();
  const lock = createTabLock({ locks: page.locks, name: "leader" });
  lock.start({ onHeld: () => void log.push("held"), onLost: () => void log.push("lost") });
  return { lock, log, page };
}

Deno.test("the first tab leads, the second one follows when the first one ends", async () => {
  const browser = createFakeBrowser();
  const first = openTab(browser);
  const second = openTab(browser);
  await browser.settle();
  assert.deepEqual([first.log, second.log], [["held"], []]);
  first.page.end();
  await browser.settle();
  assert.deepEqual(second.log, ["held"]);
});

Deno.test("a tab that takes the lead has it, and the other one waits in turn", async () => {
  const browser = createFakeBrowser();
  const first = openTab(browser);
  const second = openTab(browser);
  await browser.settle();
  second.lock.take();
  await browser.settle();
  assert.deepEqual([first.log, second.log], [["held", "lost"], ["held"]]);
  second.page.end();
  await browser.settle();
  assert.deepEqual(first.log, ["held", "lost", "held"]);
});

Deno.test("who takes the lead twice, or has it, does not lose it to itself", async () => {
  const browser = createFakeBrowser();
  openTab(browser);
  const second = openTab(browser);
  second.lock.take();
  second.lock.take();
  await browser.settle();
  second.lock.take();
  await browser.settle();
  assert.deepEqual(second.log, ["held"]);
});

Deno.test("two tabs that take the lead at once both come to an end: one has it", async () => {
  const browser = createFakeBrowser();
  openTab(browser);
  const tabs = [openTab(browser), openTab(browser)];
  for (const { lock } of tabs) lock.take();
  await browser.settle();
  const leading = tabs.filter(({ log }) => log.at(-1) === "held");
  assert.equal(leading.length, 1);
});

Deno.test("who steps down has the lock again at once where nobody waits, and in turn where somebody does", async () => {
  const browser = createFakeBrowser();
  const first = openTab(browser);
  await browser.settle();
  first.lock.stepDown();
  first.lock.stepDown();
  await browser.settle();
  assert.deepEqual(first.log, ["held", "lost", "held"]);
  const second = openTab(browser);
  await browser.settle();
  first.lock.stepDown();
  await browser.settle();
  assert.deepEqual([first.log.at(-1), second.log], ["lost", ["held"]]);
  second.page.end();
  await browser.settle();
  assert.equal(first.log.at(-1), "held");
});

Deno.test("who steps down after the lock was taken away loses it once", async () => {
  const browser = createFakeBrowser();
  const first = openTab(browser);
  const second = openTab(browser);
  await browser.settle();
  first.page.freeze();
  second.lock.take();
  first.lock.stepDown();
  await browser.settle();
  first.page.thaw();
  await browser.settle();
  assert.deepEqual([first.log, second.log], [["held", "lost"], ["held"]]);
});
