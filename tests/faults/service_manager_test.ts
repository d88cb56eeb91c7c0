import assert from "node:assert/strict";
import { temporaryFolder } from "../support/command.ts";
import { buildTestExecutable, COMPILER } from "../support/executable.ts";
import { startKezChat } from "../support/server.ts";
import { within } from "../support/within.ts";

/** A service manager that notes what it is told. */
interface Listener extends Disposable {
  path: string;
  next(): Promise<string>;
}

function listen(folder: string): Listener {
  const path = `${folder}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  return {
    path,
    async next() {
      const [bytes] = await within(socket.receive(), { what: "note" });
      return new TextDecoder().decode(bytes);
    },
    [Symbol.dispose]: () => socket.close(),
  };
}

async function assertIsTold(executable?: string): Promise<void> {
  await using folder = await temporaryFolder();
  using manager = listen(folder.path);
  const env = { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: "200000" };
  await using server = await startKezChat({ executable, env });
  assert.equal(await manager.next(), "READY=1");
  assert.equal(await manager.next(), "WATCHDOG=1");
  assert.equal(await manager.next(), "WATCHDOG=1");
  // What is left of its own socket is in nobody's way.
  await server.kill("SIGKILL");
  await server.restart();
  for (let note = ""; note !== "READY=1";) note = await manager.next();
  assert.equal(await server.stop(), 0);
  for (let note = ""; note !== "STOPPING=1";) note = await manager.next();
  assert.doesNotMatch(server.logs, /systemd\.unreachable/);
  assert.ok(![...Deno.readDirSync(server.dataDir)].some(({ name }) => name === "notify.sock"));
}

Deno.test("systemd is told when the server takes requests, that it is alive, and that it stops", async () => {
  await assertIsTold();
});

Deno.test({
  name: "systemd is told the same by the executable",
  ignore: COMPILER === null,
  async fn() {
    await using executable = await buildTestExecutable();
    await assertIsTold(executable.path);
  },
});
