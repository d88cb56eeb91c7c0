import assert from "node:assert/strict";
import { startBrowser } from "../support/browser.ts";
import { runKezChat, temporaryFolder } from "../support/command.ts";
import { startKezChat } from "../support/server.ts";
import { connected, expectStatus, introduce, message, openThreadAgain, send } from "./actions.ts";

Deno.test("after a backup everything on the server is deleted; restored, two people go on chatting", async () => {
  await using folder = await temporaryFolder();
  const [dataDir, file] = [`${folder.path}/data`, `${folder.path}/all.backup`];
  await using server = await startKezChat({ dataDir });
  await using browser = await startBrowser();
  const { alice, bob } = await introduce({ server, browser });
  const settings = ["--data", dataDir, "--server", server.server];
  assert.equal((await runKezChat(["backup", file, ...settings])).code, 0);
  await server.kill();
  await Deno.remove(dataDir, { recursive: true });
  const restored = await runKezChat(["restore", file, ...settings]);
  assert.equal(restored.code, 0, restored.stderr);
  await server.restart();

  await Promise.all([alice, bob].map(connected));
  await openThreadAgain(alice, "bob");
  await openThreadAgain(bob, "alice");
  await message(alice, "ping").waitFor();
  await send(alice, "as if nothing had happened");
  await message(bob, "as if nothing had happened").waitFor();
  await expectStatus(alice, { text: "as if nothing had happened", status: "Delivered" });
  await send(bob, "nothing at all");
  await message(alice, "nothing at all").waitFor();
});
