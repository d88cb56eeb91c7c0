import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import {
  acceptRequest,
  choosePassphrase,
  connected,
  countMessages,
  createAccount,
  createPeople,
  expectStatus,
  introduce,
  message,
  openChat,
  openThreadAgain,
  revealPhrase,
  send,
  sendForKeeps,
  startChat,
} from "./actions.ts";

Deno.test("two people find each other by handle, chat both ways and see Delivered", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const alice = await browser.newPage({ baseUrl: server.url });
  const bob = await browser.newPage({ baseUrl: server.url, size: "phone", theme: "dark" });
  await createAccount(alice, { url: server.url, handle: "alice" });
  await createAccount(bob, { url: server.url, handle: "bob" });

  await startChat(alice, "bob");
  await send(alice, "Hello Bob");
  await expectStatus(alice, { text: "Hello Bob", status: "Sent" });
  await acceptRequest(bob, "alice");
  await message(bob, "Hello Bob").waitFor();
  await expectStatus(alice, { text: "Hello Bob", status: "Delivered" });

  await send(bob, "Hello Alice");
  await message(alice, "Hello Alice").waitFor();
  await expectStatus(bob, { text: "Hello Alice", status: "Delivered" });

  for (const [page, name] of [[alice, "bob"], [bob, "alice"]] as const) {
    await page.reload();
    await openThreadAgain(page, name);
    await message(page, "Hello Bob").waitFor();
    await message(page, "Hello Alice").waitFor();
    assert.equal(await countMessages(page, "Hello"), 2);
  }
});

Deno.test("markup, right-to-left text and emoji are shown as they were typed, and do nothing", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  const texts = [
    `<script>document.title = "owned"</script>`,
    `<img src=x onerror="document.title='owned'">`,
    `'; DROP TABLE events; --`,
    "שלום 👋 \u202egnp.exe",
    "👩‍👩‍👧‍👦",
  ];
  for (const text of texts) {
    await send(alice, text);
    await message(bob, text).waitFor();
  }
  for (const page of [alice, bob]) assert.notEqual(await page.title(), "owned");
});

Deno.test("once the device is locked nothing of what arrived is left on the page", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await send(bob, "for alice alone");
  await message(alice, "for alice alone").waitFor();
  await alice.getByRole("link", { name: "Settings" }).click();
  await alice.getByRole("button", { name: "Lock now" }).click();
  await alice.getByRole("button", { name: "Unlock", exact: true }).waitFor();
  assert.equal((await alice.content()).includes("for alice alone"), false);
});

Deno.test("a message that is written while the server is down leaves when it is back, once", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await introduce({ server, browser });
  await server.kill("SIGKILL");
  await alice.getByRole("button", { name: "Connection" }).filter({ hasNotText: "Connected" })
    .waitFor();
  await sendForKeeps(alice, "written in the dark");
  await alice.reload({ waitUntil: "commit" }).catch(() => undefined);
  await server.restart();
  await alice.goto(server.url);
  await connected(alice);
  await connected(bob);
  await openThreadAgain(alice, "bob");
  await expectStatus(alice, { text: "written in the dark", status: "Delivered" });
  await message(bob, "written in the dark").waitFor();
  for (const page of [alice, bob]) {
    assert.equal(await countMessages(page, "written in the dark"), 1);
  }
});

Deno.test("the server is killed again and again in mid-conversation, and nothing is lost or doubled", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true });
  const { alice, bob } = await introduce({ server, browser });
  const texts: string[] = [];
  for (let round = 1; round <= 3; round++) {
    const mine = [`a${round}-first`, `a${round}-second`];
    const theirs = [`b${round}-first`, `b${round}-second`];
    await send(alice, mine[0]!);
    await send(bob, theirs[0]!);
    await server.kill("SIGKILL");
    await send(alice, mine[1]!);
    await send(bob, theirs[1]!);
    await server.restart();
    for (const text of mine) await expectStatus(alice, { text, status: "Delivered" });
    for (const text of theirs) await expectStatus(bob, { text, status: "Delivered" });
    texts.push(...mine, ...theirs);
  }
  for (const text of texts) {
    for (const page of [alice, bob]) assert.equal(await countMessages(page, text), 1, text);
  }
});

Deno.test("unread messages are counted until the thread is opened", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await introduce({ server, browser });
  await openChat(bob, "Note to self");
  for (const text of ["one", "two", "three"]) await send(alice, text);
  const link = bob.getByRole("navigation", { name: "Conversations" })
    .getByRole("link", { name: "alice", description: /3 unread/ });
  await link.waitFor();
  await link.click();
  await message(bob, "three").waitFor();
  const unread = bob.getByRole("link", { name: "alice", description: /unread/ });
  await unread.waitFor({ state: "detached" });
});

Deno.test("a note to self is kept, and stays after a reload", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const page = await browser.newPage({ baseUrl: server.url });
  await createAccount(page, { url: server.url, handle: "alice" });
  await openChat(page, "Note to self");
  await send(page, "buy oats");
  // It is on the screen before it is on the disk.
  await expectStatus(page, { text: "buy oats", status: "Sent" });
  await page.reload();
  await openThreadAgain(page, "Note to self");
  await message(page, "buy oats").waitFor();
  assert.equal(await countMessages(page, "buy oats"), 1);
});

Deno.test("a blocked stranger is never heard of again, and learns nothing", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const { alice, bob } = await createPeople({ server, browser }, ["alice", "bob"]);
  await startChat(alice, "bob");
  await send(alice, "let me in");
  await bob.getByRole("link", { name: "alice" }).click();
  await message(bob, "let me in").waitFor();
  assert.equal(await bob.getByRole("textbox", { name: "Message" }).count(), 0);
  await bob.getByRole("button", { name: "Block" }).click();
  await bob.getByRole("link", { name: "alice" }).waitFor({ state: "detached" });
  const blocked = bob.getByText("You blocked alice. Their messages do not reach you.");
  assert.equal(await blocked.evaluate((words) => words === document.activeElement), true);
  await send(alice, "are you there");
  await expectStatus(alice, { text: "are you there", status: "Sent" });
  await expectStatus(alice, { text: "let me in", status: "Sent" });
  assert.equal(await bob.getByRole("link", { name: "alice" }).count(), 0);
  // What a thumb did by mistake is undone where it was done, and accepts nobody.
  await bob.getByRole("button", { name: "Unblock" }).click();
  await bob.getByRole("button", { name: "Accept" }).waitFor();
  const asking = bob.getByText("alice wants to write to you.");
  assert.equal(await asking.evaluate((words) => words === document.activeElement), true);
  await expectStatus(alice, { text: "let me in", status: "Sent" });
});

Deno.test("a third device, restored by the phrase, shows the conversation and takes part in it", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  await send(bob, "pong");
  await message(alice, "pong").waitFor();
  await alice.goto("/settings");
  const words = await revealPhrase(alice, "Reveal recovery phrase");

  const tablet = await browser.newPage({ baseUrl: server.url });
  await tablet.goto("/");
  await tablet.getByRole("button", { name: "Restore account" }).click();
  await tablet.getByRole("textbox", { name: "Recovery phrase" }).fill(words.join(" "));
  await tablet.getByRole("button", { name: "Continue" }).click();
  const passphrase = tablet.getByRole("textbox", { name: "Passphrase", exact: true });
  const handle = tablet.getByRole("textbox", { name: "Handle" });
  await passphrase.or(handle).first().waitFor();
  if (await handle.isVisible()) {
    assert.equal(await handle.inputValue(), "alice");
    await tablet.getByRole("button", { name: "Continue" }).click();
  }
  await choosePassphrase(tablet, { button: "Restore account" });
  await openChat(tablet, "bob");
  await message(tablet, "ping").waitFor();
  await message(tablet, "pong").waitFor();

  await send(bob, "to both of you");
  await message(tablet, "to both of you").waitFor();
  await send(tablet, "from the tablet");
  await message(bob, "from the tablet").waitFor();
  await expectStatus(tablet, { text: "from the tablet", status: "Delivered" });
  await alice.goto("/chats/bob");
  await message(alice, "from the tablet").waitFor();
  for (const text of ["ping", "pong", "to both of you", "from the tablet"]) {
    for (const page of [alice, bob, tablet]) assert.equal(await countMessages(page, text), 1, text);
  }
});
