import assert from "node:assert/strict";
import { connectControl } from "../../server/control/control_client.ts";
import { VERSION } from "../../server/version.ts";
import { startKezChat } from "../support/server.ts";

Deno.test("a running server answers over its socket, which is its owner's alone; kill -9 leaves nothing in the way", async () => {
  await using server = await startKezChat();
  const path = `${server.dataDir}/control.sock`;
  const about = async () => {
    using control = (await connectControl(server.dataDir))!;
    return await control.ask("server.about");
  };
  const expected = { server: server.server, version: VERSION };
  assert.deepEqual(await about(), expected);
  assert.equal(Deno.lstatSync(path).mode! & 0o777, 0o600);

  await server.kill();
  assert.equal(await connectControl(server.dataDir), null);
  await server.restart();
  assert.deepEqual(await about(), expected);
  assert.equal(await server.stop(), 0);
  assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
});
