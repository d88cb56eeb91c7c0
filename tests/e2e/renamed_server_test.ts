import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { runKezChat } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";
import { connected, expectStatus, introduce, message, openThreadAgain, send } from "./actions.ts";

Deno.test("after a rename of their server two people sign anew by themselves and go on chatting", async () => {
  await using server = await startKezChat();
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  assert.equal(await server.stop(), 0);
  // The browser knows the server by its old name alone, as where both lead to it.
  const renamed = server.server.replace("localhost", "127.0.0.1");
  const rename = ["server", "rename", renamed, "--data", server.dataDir];
  assert.equal((await runKezChat(rename)).code, 0);
  await server.restart(["--server", renamed]);

  await Promise.all([alice, bob].map(async (page) => {
    await page.goto(`${server.url}/settings`);
    await page.getByText(`@${renamed}`).first().waitFor();
  }));
  const found = await (await fetch(`${server.url}/v1/u/alice`)).json();
  assert.equal(found.registration.payload.server, renamed);
  await Promise.all([alice, bob].map(async (page) => {
    await page.goto(server.url);
    await connected(page);
  }));
  await openThreadAgain(alice, "bob");
  await openThreadAgain(bob, "alice");
  await send(alice, "under a new name");
  await message(bob, "under a new name").waitFor();
  await expectStatus(alice, { text: "under a new name", status: "Delivered" });
  // Bob is at home again, and not somebody of another server.
  const row = alice.getByRole("navigation", { name: "Conversations" }).getByRole("link", {
    name: "bob",
  });
  assert.doesNotMatch(await row.innerText(), /localhost/);
});
