import { startBrowser } from "../support/browser.ts";
import { startKezChat } from "../support/server.ts";
import { createAccount, expectStatus, message, send, startChat } from "./actions.ts";

Deno.test("people of two servers find each other, chat both ways and see Delivered", async () => {
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: here.url });
  const bob = await browser.newPage({ baseUrl: there.url });
  await createAccount(alice, { url: here.url, handle: "alice" });
  await createAccount(bob, { url: there.url, handle: "bob" });

  await startChat(alice, `bob@${there.server}`);
  await send(alice, "from over here");
  await expectStatus(alice, { text: "from over here", status: "Sent" });

  // A stranger of another server is shown by the short form of its key until somebody accepts it.
  const conversations = bob.getByRole("navigation", { name: "Conversations" });
  await conversations.getByRole("link").filter({ hasText: "from over here" }).click();
  await message(bob, "from over here").waitFor();
  await bob.getByText("Someone of another server wants to write to you.").waitFor();
  await bob.getByRole("heading", { name: "Someone of another server", level: 1 }).waitFor();
  await bob.getByRole("button", { name: "Accept" }).click();
  await bob.getByRole("log", { name: `Messages with alice@${here.server}` }).waitFor();
  await expectStatus(alice, { text: "from over here", status: "Delivered" });

  await send(bob, "and from over there");
  await message(alice, "and from over there").waitFor();
  await expectStatus(bob, { text: "and from over there", status: "Delivered" });
});

Deno.test("mail for a server that is down leaves when it is back", async () => {
  await using here = await startKezChat();
  await using there = await startKezChat();
  await using browser = await startBrowser({ hasQuickPassphrases: true, hasServiceWorker: false });
  const alice = await browser.newPage({ baseUrl: here.url });
  const bob = await browser.newPage({ baseUrl: there.url });
  await createAccount(alice, { url: here.url, handle: "alice" });
  await createAccount(bob, { url: there.url, handle: "bob" });
  await startChat(alice, `bob@${there.server}`);
  await startChat(bob, `alice@${here.server}`);
  await send(alice, "first");
  await expectStatus(alice, { text: "first", status: "Delivered" });

  await there.kill("SIGKILL");
  await send(alice, "while you were gone");
  await there.restart();
  await message(bob, "while you were gone").waitFor();
  await expectStatus(alice, { text: "while you were gone", status: "Delivered" });
});
