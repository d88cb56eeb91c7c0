import assert from "node:assert/strict";
import { connectControl } from "../../server/control/control_client.ts";
import { type KezChat, startKezChat } from "../support/server.ts";
import { isTurnedAway } from "../support/turned_away.ts";
import { within } from "../support/within.ts";

const FAILED = /"level":"error","event":"http listener failed, opening again"/g;
const MAX_OPEN_FILES = 160;

/** Opens connections with half a request each until the server has told that it has no descriptor left. */
async function exhaust(server: KezChat): Promise<Deno.Conn[]> {
  const port = Number(new URL(server.url).port);
  const connections: Deno.Conn[] = [];
  const half = new TextEncoder().encode("GET / HTTP/1.1\r\nX: ");
  while (!server.logs.match(FAILED)) {
    try {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port });
      connections.push(connection);
      await connection.write(half);
    } catch (error) {
      if (!isTurnedAway(error)) throw error;
    }
  }
  return connections;
}

/** Resolves with the first status that is answered at all. */
async function firstHealth(server: KezChat): Promise<number> {
  while (true) {
    try {
      const response = await fetch(`${server.url}/v1/healthz`);
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }
}

Deno.test("a server without a file descriptor left stays up, and answers when there are some again", async () => {
  await using server = await startKezChat({ maxOpenFiles: MAX_OPEN_FILES });
  const connections = await within(exhaust(server), { what: "failed listener" });
  assert.ok(connections.length > 20, String(connections.length));
  // A command that comes meanwhile waits.
  using control = (await connectControl(server.dataDir))!;
  const about = control.ask("server.about");
  for (const connection of connections) connection.close();
  const { server: name } = await within(about, { what: "answer to a command" }) as {
    server: string;
  };
  assert.equal(name, server.server);
  assert.equal(await within(firstHealth(server), { what: "answer" }), 200);
  assert.equal(await server.stop(), 0);
  assert.equal(server.logs.match(FAILED)?.length, 1);
});
