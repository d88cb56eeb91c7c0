import assert from "node:assert/strict";
import { join } from "node:path";
import { runToEnd } from "../../scripts/subprocess.ts";
import { startBrowser } from "../support/browser.ts";
import { temporaryFolder } from "../support/command.ts";
import { buildTestExecutable, COMPILER } from "../support/executable.ts";
import { hasProgram } from "../support/find_program.ts";
import { routeTo, withProgram } from "../support/proxy.ts";
import { freePort } from "../../scripts/free_port.ts";
import { startKezChat } from "../support/server.ts";
import {
  acceptRequest,
  choosePassphrase,
  connected,
  expectStatus,
  message,
  send,
  startChat,
} from "./actions.ts";

const HOST = "chat.kez.test";
/** From an empty folder to two people who chat. (Issue of hosting: five minutes, people's typing included) */
const MAX_MS = 60_000;

Deno.test({
  name:
    "as a new host: executable, proxy, invites, two people chat; backup, everything lost, restore, and they go on",
  ignore: COMPILER === null || !hasProgram("caddy"),
  async fn() {
    await using executable = await buildTestExecutable();
    await using folder = await temporaryFolder();
    const startedMs = performance.now();
    const port = freePort();
    const name = `${HOST}:${port}`;
    await using server = await startKezChat({
      executable: executable.path,
      flags: ["--server", name],
    });
    const run = async (...args: string[]) => {
      const { success, output } = await runToEnd(executable.path, { args, cwd: folder.path });
      assert.ok(success, output);
      return output;
    };
    const route = (await routeTo(server, "proxy/Caddyfile"))
      .replace("chat.example.org {", `https://${name} {\n\ttls internal`);
    const file = join(folder.path, "Caddyfile");
    await Deno.writeTextFile(
      file,
      `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n}\n${route}`,
    );
    await using browser = await startBrowser({
      flags: [`--host-resolver-rules=MAP ${HOST} 127.0.0.1`, "--ignore-certificate-errors"],
    });
    const caddy = {
      args: ["run", "--config", file, "--adapter", "caddyfile"],
      cwd: folder.path,
      proxy: { origin: server.url },
    };
    await withProgram("caddy", caddy, async () => {
      const first = /https\S+\/i#\S+/.exec(server.logs)![0];
      const second = /https\S+\/i#\S+/.exec(
        await run("invite", "create", "--data", server.dataDir),
      )!;
      const people = await Promise.all(
        [["alice", first], ["bob", second[0]]].map(async ([handle, link]) => {
          const page = await browser.newPage({ baseUrl: `https://${name}` });
          await page.goto(link!);
          await page.getByRole("button", { name: "Create account", exact: true }).click();
          await page.getByRole("textbox", { name: "Handle" }).fill(handle!);
          await page.getByRole("button", { name: "Continue", exact: true }).click();
          await choosePassphrase(page, { button: "Create account" });
          return page;
        }),
      );
      const [alice, bob] = people as [typeof people[0], typeof people[0]];
      await startChat(alice, "bob");
      await send(alice, "Hello Bob");
      await acceptRequest(bob, "alice");
      await expectStatus(alice, { text: "Hello Bob", status: "Delivered" });
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < MAX_MS, `${tookMs} ms`);

      await run("backup", join(folder.path, "backup"), "--data", server.dataDir);
      assert.equal(await server.stop(), 0);
      await Deno.remove(server.dataDir, { recursive: true });
      await run("restore", join(folder.path, "backup"), "--server", name, "--data", server.dataDir);
      await server.restart();
      await Promise.all([connected(alice), connected(bob)]);
      await send(bob, "Still here");
      await message(alice, "Still here").waitFor();
      await expectStatus(bob, { text: "Still here", status: "Delivered" });
    });
  },
});
