import { startBrowser } from "../support/browser.ts";
import { createFakeCamera } from "../support/fake_camera.ts";
import { inspectScreen } from "../support/screens.ts";
import { startKezChat } from "../support/server.ts";
import { createPeople } from "./actions.ts";

Deno.test("a code before the camera begins a chat; another kind of code is told", async () => {
  await using server = await startKezChat();
  await using camera = await createFakeCamera();
  await camera.show(`${server.url}/u/bob`);
  await using browser = await startBrowser({
    hasQuickPassphrases: true,
    hasServiceWorker: false,
    flags: camera.flags,
  });
  const { alice } = await createPeople({ server, browser }, ["alice", "bob"]);
  const open = async () => {
    await alice.getByRole("button", { name: "New chat" }).click();
    await alice.getByRole("button", { name: "Scan QR code" }).click();
  };
  await open();
  await alice.getByRole("log", { name: `Messages with bob` }).waitFor();

  await camera.show("WIFI:S:harbour;T:WPA;P:fogfogfog;;");
  await open();
  await alice.getByText("This is not a code of kez-chat.").waitFor();
  await inspectScreen(alice, "scan");
});
